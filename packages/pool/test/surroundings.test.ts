import { inspect } from 'node:util';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client, type ClientConfig, Pool, type PoolConfig } from 'pg';
import { managePool, poolManager } from '../src';
import { idleClients, type Managed, managed, openConnections, skipMillis } from './managed';

let postgres: PostgresServer;
let current: Managed | undefined;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await current?.end();
  current = undefined;
});
afterAll(() => postgres.stop());

it('a manager that is logged does not show the password', () => {
  current = managed({ connectionString: postgres.url });
  expect(inspect(current.manager, { depth: 10 })).not.toContain(postgres.password);
});

it('two copies of the package have one manager for a pool', () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  const name = (pool.options as { application_name?: string }).application_name;
  jest.isolateModules(() => {
    const copy = jest.requireActual<typeof import('../src')>('../src');
    expect(copy.managePool).not.toBe(managePool);
    copy.managePool(pool);
    expect(copy.poolManager(pool)).toBe(manager);
  });
  expect(pool.options).toMatchObject({ application_name: name });
});

it.each(['a check', 'a connection attempt'])('a blocked event loop does not fail %s', async (what) => {
  current = managed(
    { connectionString: postgres.url },
    { fleet: false, healthCheck: { timeoutMillis: 2_000 } },
  );
  const { pool, manager } = current;
  if (what === 'a check') await openConnections(pool, 2);
  const before = idleClients(pool);
  const checked = manager.checkNow();
  // In a callback of the event loop whose next phase is that of the timers.
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500));
  expect(await checked).toMatchObject({ state: 'up', lastErrorType: undefined });
  expect(idleClients(pool)).toEqual(before);
});

it('a connection that the pool closes while it is asked is no failure', async () => {
  current = managed({ connectionString: postgres.url, idleTimeoutMillis: 500 }, { fleet: false });
  const { pool, manager } = current;
  await openConnections(pool, 2);
  await pollUntil(async () => manager.health.state === 'up');
  const thaw = postgres.freeze();
  const checked = manager.checkNow();
  await pollUntil(async () => pool.totalCount === 0);
  thaw();
  expect(await checked).toMatchObject({ state: 'up' });
  expect(manager.statistics).toMatchObject({ failedChecks: 0, recoveries: 0 });
});

it('connections whose query method knows no callback are checked', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    const replaced = async (text: string, values?: unknown[]) => query({ text, values: values as unknown[] });
    Object.assign(client, { query: replaced });
  });
  await openConnections(pool, 2);
  expect(await manager.checkNow()).toMatchObject({ state: 'up' });
  expect(manager.statistics).toMatchObject({ checks: 2, failedChecks: 0 });
});

it('connections whose query method returns nothing count as neither healthy nor broken', async () => {
  current = managed({ connectionString: postgres.url });
  const { pool, manager } = current;
  const asked: unknown[] = [];
  pool.on('connect', (client) => {
    const replaced = (text: string) => {
      asked.push(text);
    };
    Object.assign(client, { query: replaced });
  });
  await openConnections(pool, 2);
  // The connection that is opened outside the pool shows that the server works.
  expect(await manager.checkNow()).toMatchObject({ state: 'up', latencySeconds: undefined });
  expect(asked).toEqual(['SELECT 1', 'SELECT 1']);
  expect(manager.statistics).toMatchObject({ checks: 0, failedChecks: 0 });
  expect(idleClients(pool).map((client) => client.listenerCount('error'))).toEqual([2, 2]);
});

it('a connection that only listens does not keep a server awake', async () => {
  current = managed({ connectionString: postgres.url }, { scaleToZero: true });
  const { pool, manager } = current;
  const listening = await pool.connect();
  try {
    await listening.query('LISTEN news');
    await openConnections(pool, 2);
    await pollUntil(async () => manager.size.load?.checkouts === 0);
    const [idle] = idleClients(pool);
    const query = jest.spyOn(idle as Client, 'query');
    skipMillis(60_000);
    const { load } = manager.size;
    await pollUntil(async () => manager.size.load !== load);
    expect(query).not.toHaveBeenCalled();
  } finally {
    listening.release();
  }
});

it('the end of a pool does not wait for a connection that its manager opens', async () => {
  let attempts = 0;
  let thaw: (() => void) | undefined;
  class FrozenAtThird extends Client {
    constructor(config: ClientConfig) {
      super(config);
      const connect = this.connect.bind(this) as (...args: unknown[]) => unknown;
      const counted = (...args: unknown[]) => {
        attempts += 1;
        // The second one shows that the server works again, and the third one opens the lost connection again.
        if (attempts === 3) thaw = postgres.freeze();
        return connect(...args);
      };
      Object.assign(this, { connect: counted });
    }
  }
  current = managed({ connectionString: postgres.url, Client: FrozenAtThird } as unknown as PoolConfig, {
    fleet: false,
    healthCheck: { timeoutMillis: 600_000 },
  });
  const { pool } = current;
  try {
    await pool.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {});
    await pollUntil(async () => thaw !== undefined);
    expect(pool.totalCount).toBe(1);
    await pool.end();
    expect(pool.ended).toBe(true);
  } finally {
    thaw?.();
  }
});

it('stop() removes the replaced methods of a Proxy that binds its functions', async () => {
  const raw = new Pool({ connectionString: postgres.url });
  const proxy = new Proxy(raw, {
    get(pool, name) {
      const value: unknown = Reflect.get(pool, name);
      return typeof value === 'function' ? value.bind(pool) : value;
    },
  });
  managePool(proxy, { retry: true });
  poolManager(proxy)?.stop();
  expect([Object.hasOwn(raw, 'connect'), Object.hasOwn(raw, 'query')]).toEqual([false, false]);
  await raw.end();
});

it.each([
  ['10', 'a value of type string'],
  [-1, '-1'],
  [1.5, '1.5'],
])('a pool whose own max is %p is an error that names it', async (max, shown) => {
  const pool = new Pool({ max: max as number });
  expect(() => managePool(pool)).toThrow(`pool.options.max must be a whole number from 1, got ${shown}`);
  await pool.end();
});
