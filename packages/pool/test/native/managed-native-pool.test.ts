/**
 * A managed pool of `pg.native`, which needs libpq and a compiler: scripts/steps/native.mjs installs it, and CI runs this.
 */
import path from 'node:path';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import type pg from 'pg';
import { managePool, type PoolManager, poolManager } from '../../src';

const folder = process.env['TEST_NATIVE_FOLDER'] as string;
const { native, Client } = require(path.join(folder, 'node_modules', 'pg')) as typeof pg & {
  native: typeof pg;
};

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

it('is checked, recovers from lost connections, and ends', async () => {
  const pool = managePool(new native.Pool({ connectionString: server.url, idleTimeoutMillis: 0 }), {
    retry: true,
  });
  pool.on('error', () => {});
  const manager = poolManager(pool) as PoolManager;
  const clients = await Promise.all([pool.connect(), pool.connect()]);
  for (const client of clients) client.release();
  expect(await manager.checkNow()).toMatchObject({ state: 'up' });
  expect(manager.statistics).toMatchObject({ checks: 2, failedChecks: 0 });
  await pollUntil(async () => manager.size.load?.total === 2);

  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  await admin.end();
  await pollUntil(async () => manager.statistics.reopenedConnections === 2);

  expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  expect(manager.statistics).toMatchObject({ lostConnections: 2, recoveries: 1 });
  await pool.end();
  await pollUntil(async () => poolManager(pool) === undefined);
});
