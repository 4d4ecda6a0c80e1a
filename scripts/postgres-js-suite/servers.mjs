import { startPostgres } from '@pg-otel/testkit';

const HBA = [
  'local all all trust',
  'host all postgres samehost trust',
  'host postgres_js_test postgres_js_test samehost trust',
  'host postgres_js_test postgres_js_test_md5 samehost md5',
  'host postgres_js_test postgres_js_test_scram samehost scram-sha-256',
];

/** Two servers as the repository's CI sets them up: `env` for the tests, `ports` of both, and `stop()`. */
export async function startServers() {
  const options = {
    database: 'postgres_js',
    user: 'postgres',
    password: 'postgres',
    tls: true,
    hba: HBA,
    settings: { wal_level: 'logical', max_prepared_transactions: 100 },
  };
  const [first, second] = await Promise.all([startPostgres(options), startPostgres(options)]);
  return {
    env: {
      PGHOST: 'localhost',
      PGPORT: String(first.port),
      PGUSER: 'postgres',
      PGDATABASE: 'postgres',
      PGSOCKET: first.socketFolder,
    },
    ports: [first.port, second.port],
    stop: () => Promise.all([first.stop(), second.stop()]),
  };
}
