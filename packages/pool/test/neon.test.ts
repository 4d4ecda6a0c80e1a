import * as serverless from '@neondatabase/serverless';
import { type NeonStage, pollUntil, startNeonStage } from '@pg-otel/testkit';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { managePool, poolManager } from '../src';
import type { PoolManager } from '../src/manager';
import type { PoolOptions } from '../src/options';

let neon: NeonStage;
let pool: serverless.Pool;
let manager: PoolManager;

beforeAll(async () => {
  neon = await startNeonStage({ maxConnections: 30 });
  serverless.neonConfig.webSocketConstructor = WebSocket;
  serverless.neonConfig.wsProxy = () => neon.endpoint.wsProxy;
  serverless.neonConfig.useSecureWebSocket = false;
});
afterEach(async () => {
  await neon.endpoint.clearFaults();
  await pool.end();
});
afterAll(() => neon.stop());

function startPool(options: PoolOptions): void {
  pool = new serverless.Pool({ connectionString: `${neon.endpoint.url}?application_name=shop` });
  pool.on('error', () => {});
  managePool(pool, options);
  manager = poolManager(pool) as PoolManager;
}

const RETRY: PoolOptions = { retry: { initialDelayMillis: 0 } };

it.each(['status:503', 'reset'])(
  'repeats connection attempts that the endpoint fails by %s',
  async (fault) => {
    startPool(RETRY);
    await neon.endpoint.setFault(fault, { on: 'websocket', times: 2 });
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    const client = await pool.connect();
    client.release();
    expect(manager.statistics).toMatchObject({
      retriedAttempts: 2,
      recoveredRequests: 1,
      givenUpRequests: 0,
    });
  },
);

it('does not repeat a statement that the driver has sent together with the password', async () => {
  startPool(RETRY);
  await neon.endpoint.setFault('close-before-auth', { on: 'websocket' });
  await expect(pool.query('select 1')).rejects.toThrow('Connection terminated unexpectedly');
  expect(manager.statistics).toMatchObject({ retriedAttempts: 0, givenUpRequests: 0 });
});

it('fails after three attempts', async () => {
  startPool(RETRY);
  await neon.endpoint.setFault('status:503', { on: 'websocket', times: 3 });
  await expect(pool.query('select 1')).rejects.toBeDefined();
  expect(manager.statistics).toMatchObject({ retriedAttempts: 2, recoveredRequests: 0, givenUpRequests: 1 });
});

it('never repeats a statement whose connection is lost', async () => {
  startPool(RETRY);
  await pool.query('drop sequence if exists runs; create sequence runs');
  const direct = new Client({ connectionString: neon.postgres.url });
  await direct.connect();
  const failed = expect(pool.query("select nextval('runs'), pg_sleep(600)")).rejects.toBeDefined();
  const runs = async () => (await direct.query('select last_value, is_called from runs')).rows[0];
  await pollUntil(async () => (await runs()).is_called);
  await direct.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()",
  );
  await failed;
  await pool.query('select 1');
  expect(await runs()).toEqual({ last_value: '1', is_called: true });
  expect(manager.statistics).toMatchObject({ retriedAttempts: 0, givenUpRequests: 0 });
  await direct.end();
});

it('shares the connections of the server with other instances', async () => {
  startPool({});
  await pool.query('select 1');
  const other = new Client({ connectionString: neon.postgres.url, application_name: 'shop/0123ab' });
  await other.connect();
  const share = await pollUntil(async () => manager.fleet);
  expect(share).toEqual({ instances: 2, budget: 27, share: 13 });
  await other.end();
});
