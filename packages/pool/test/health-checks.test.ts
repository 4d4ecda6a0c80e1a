import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client } from 'pg';
import type { PoolManager } from '../src';
import {
  backends,
  idleClients,
  type Managed,
  managed,
  openConnections,
  published,
  skipMillis,
} from './managed';

let postgres: PostgresServer;
let admin: Client;
let current: Managed;

beforeAll(async () => {
  postgres = await startPostgres();
  admin = new Client({ connectionString: postgres.url, application_name: 'admin' });
  await admin.connect();
});
afterEach(() => current.end());
afterAll(async () => {
  await admin.end();
  await postgres.stop();
});

it('a check asks each idle connection without checking it out', async () => {
  const checks = published('poolHealthCheck');
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  await openConnections(pool, 3);
  const events: string[] = [];
  for (const name of ['acquire', 'release', 'connect', 'remove'] as const) {
    pool.on(name, () => events.push(name));
  }

  const health = await manager.checkNow();
  checks.stop();

  expect(health).toEqual({
    state: 'up',
    since: expect.any(Number),
    consecutiveFailures: 0,
    lastErrorType: undefined,
    checkedAt: expect.any(Number),
    latencySeconds: expect.any(Number),
  });
  expect(events).toEqual([]);
  expect(checks.messages).toEqual(
    Array(3).fill({
      poolName: 'app',
      serverAddress: postgres.host,
      serverPort: postgres.port,
      namespace: 'app',
      durationSeconds: expect.any(Number),
      errorType: undefined,
    }),
  );
  expect(manager.statistics).toMatchObject({ checks: 3, failedChecks: 0 });
});

/** Lets the next check be due, and waits until all of these managers have made it. */
async function nextCheck(...managers: PoolManager[]): Promise<void> {
  const before = managers.map(({ health }) => health.checkedAt);
  // The default interval, and its jitter.
  skipMillis(33_000);
  await pollUntil(async () => managers.every(({ health }, index) => health.checkedAt !== before[index]));
}

it('a regular check asks the connections that were not used since the last one', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  await openConnections(pool, 2);
  await nextCheck(manager);
  expect(manager.statistics.checks).toBe(0);

  // Of two idle connections, pg-pool gives the one that was returned last.
  await pool.query('SELECT 2');
  const [unused, used] = idleClients(pool) as [Client, Client];
  const ofUnused = jest.spyOn(unused, 'query');
  const ofUsed = jest.spyOn(used, 'query');
  await nextCheck(manager);
  expect([ofUnused.mock.calls.length, ofUsed.mock.calls.length]).toEqual([1, 0]);
  expect(manager.statistics.checks).toBe(1);
});

it('no query is sent while a pool is idle and its server may scale to zero', async () => {
  const awake = managed({ connectionString: postgres.url });
  current = managed({ connectionString: postgres.url }, { scaleToZero: true });
  await Promise.all([openConnections(awake.pool, 1), openConnections(current.pool, 1)]);
  await nextCheck(awake.manager);
  await nextCheck(awake.manager);
  await awake.end();
  expect(awake.manager.statistics.checks).toBe(1);
  expect(current.manager.statistics.checks).toBe(0);
});

it('a connection that a request takes while it is asked is left to the request', async () => {
  current = managed({ connectionString: postgres.url, max: 1 }, { healthCheck: { timeoutMillis: 500 } });
  const { pool, manager, errors } = current;
  await openConnections(pool, 1);
  const [pid] = await backends(pool);
  process.kill(pid as number, 'SIGSTOP');
  const checking = manager.checkNow();
  const client = await pool.connect();
  const answer = client.query('SELECT 7 AS seven');
  await checking;
  expect(manager.statistics.failedChecks).toBe(1);
  expect(pool.totalCount).toBe(1);

  process.kill(pid as number, 'SIGCONT');
  expect((await answer).rows).toEqual([{ seven: 7 }]);
  client.release();
  expect((await pool.query('SELECT pg_backend_pid() AS pid')).rows).toEqual([{ pid }]);
  expect(errors).toEqual([]);
});

it('an idle connection that does not answer is replaced, and the pool emits no error', async () => {
  current = managed({ connectionString: postgres.url }, { healthCheck: { timeoutMillis: 500 } });
  const { pool, manager, errors } = current;
  await openConnections(pool, 3);
  const [broken, ...others] = await backends(pool);
  process.kill(broken as number, 'SIGSTOP');
  try {
    const health = await manager.checkNow();
    expect(health).toMatchObject({ state: 'degraded', lastErrorType: 'timeout' });
    await pollUntil(async () => pool.idleCount === 3);
    const now = await backends(pool);
    expect(now).not.toContain(broken);
    expect(now).toEqual(expect.arrayContaining(others));
    skipMillis(5_000);
    await pollUntil(async () => manager.health.state === 'up');
    expect(errors).toEqual([]);
    expect(manager.history.map((entry) => (entry.kind === 'health' ? entry.state : entry.kind))).toEqual([
      'up',
      'degraded',
      'recovery',
      'up',
    ]);
  } finally {
    process.kill(broken as number, 'SIGCONT');
  }
});

it('a connection in a failed transaction is healthy', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT * FROM missing').catch(() => {});
  client.release();
  expect(await manager.checkNow()).toMatchObject({ state: 'up' });
  expect(pool.idleCount).toBe(1);
});

it('the listeners of connections and of the pool are the same after a check', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  await openConnections(pool, 2);
  const listeners = () =>
    [pool, ...idleClients(pool)].map((emitter) =>
      emitter.eventNames().map((name) => [name, emitter.listeners(name as string)]),
    );
  const before = listeners();
  await manager.checkNow();
  expect(listeners()).toEqual(before);
});

it('a requested check of a pool without connections shows whether the server accepts one', async () => {
  const server = await startPostgres();
  current = managed({ connectionString: server.url });
  expect(await current.manager.checkNow()).toMatchObject({ state: 'up' });
  expect(current.pool.totalCount).toBe(0);
  await server.stop();
  skipMillis(5_000);
  expect(await current.manager.checkNow()).toMatchObject({ state: 'down', lastErrorType: 'ECONNREFUSED' });
  await current.end();
  expect(await current.manager.checkNow()).toMatchObject({ state: 'down' });
});

it('checkNow() during a regular check asks again, because that one began before', async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let asked = 0;
  class Held extends Client {
    override query(...args: unknown[]): never {
      const isFirst = args[0] === 'SELECT 1' && ++asked === 1;
      const result = (super.query as (...args: unknown[]) => Promise<unknown>).apply(this, args);
      return (isFirst ? held.then(() => result) : result) as never;
    }
  }
  current = managed({ connectionString: postgres.url, Client: Held } as never, { fleet: false });
  const { pool, manager } = current;
  await openConnections(pool, 1);
  await nextCheck(manager);
  skipMillis(33_000);
  await pollUntil(async () => asked === 1);
  const together = Promise.all([manager.checkNow(), manager.checkNow()]);
  answer();
  await together;
  expect(asked).toBe(2);
  expect(manager.statistics.checks).toBe(2);
});

it('a pool whose connections are all in use is degraded when the server accepts no further one', async () => {
  current = managed({ connectionString: postgres.url }, { fleet: false });
  const { pool, manager } = current;
  const client = await pool.connect();
  await admin.query("create role busy login password 'busy' connection limit 0");
  try {
    // Its next connection is refused with the error of a server at max_connections.
    Object.assign(pool.options, {
      connectionString: `postgres://busy:busy@${postgres.host}:${postgres.port}/app`,
    });
    expect(await manager.checkNow()).toMatchObject({ state: 'degraded', lastErrorType: '53300' });
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  } finally {
    client.release();
    await admin.query('drop role busy');
  }
});
