import {
  exportTo,
  type OtlpCapture,
  onePerMajorVersion,
  type PostgresServer,
  runFixture,
  startOtlpCapture,
  startPostgres,
  titled,
} from '@pg-otel/testkit';

let postgres: PostgresServer;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres(), startOtlpCapture()]);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it('the process of a slow query ends at once, although its connection for questions is open', async () => {
    const { stdout, stderr, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      nodeArgs: ['--require', 'pg-otel/register'],
      env: { ...exportTo(capture, postgres), PG_OTEL_SLOW_AFTER: '0.2' },
      source: `
        const pg = require('pg');
        const { setTimeout: sleep } = require('node:timers/promises');
        async function main() {
          const [keeper, client] = [new pg.Client(), new pg.Client()];
          await Promise.all([keeper.connect(), client.connect()]);
          const connections = async () => {
            const { rows } = await keeper.query(
              "SELECT state FROM pg_stat_activity WHERE application_name = 'pg-otel' AND query <> ''",
            );
            return rows.map(({ state }) => state);
          };
          await keeper.query('SELECT pg_advisory_lock(1)');
          const query = client.query('SELECT pg_advisory_lock_shared(1) FROM pg_database LIMIT 1');
          while ((await connections())[0] !== 'idle') await sleep(20);
          await keeper.query('SELECT pg_advisory_unlock(1)');
          await query;
          console.log('open', (await connections()).length);
          await Promise.all([keeper.end(), client.end()]);
          setTimeout(() => console.log('kept alive'), 20_000).unref();
        }
        main();`,
    });
    expect({ stdout, stderr, code }).toEqual({ stdout: 'open 1\n', stderr: '', code: 0 });
  });
});
