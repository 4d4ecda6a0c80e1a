import { startPostgres } from '@pg-otel/testkit';
import pg from 'pg';

const SCRAM = {
  SCRAM_TEST_PGUSER: 'scram_test',
  SCRAM_TEST_PGPASSWORD: 'test4scram',
  SCRAM_TEST_PGUSER_UNICODE: 'scram_unicode_test',
  // As in the repository's own CI: SASLprep changes this password.
  SCRAM_TEST_PGPASSWORD_UNICODE: 'IX-\u2168',
};

/** A server as the repository's CI sets it up, with TLS: `env` for the tests, and `stop()`. */
export async function startServer() {
  const postgres = await startPostgres({
    database: 'ci_db_test',
    user: 'postgres',
    password: 'postgres',
    tls: true,
  });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`CREATE ROLE scram_test LOGIN PASSWORD 'test4scram'`);
  await client.query(`CREATE ROLE scram_unicode_test LOGIN PASSWORD U&'IX-\\2168'`);
  await client.end();
  return {
    env: { ...postgres.env, ...SCRAM, PGHOST: 'localhost' },
    stop: () => postgres.stop(),
  };
}
