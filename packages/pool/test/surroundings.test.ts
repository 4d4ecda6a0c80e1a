import { inspect } from 'node:util';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import { type Client, Pool } from 'pg';
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
  current = managed(
    { connectionString: postgres.url },
    { fleet: false, healthCheck: { timeoutMillis: 600_000 } },
  );
  const { pool, manager } = current;
  const client = await pool.connect();
  const thaw = postgres.freeze();
  try {
    const opened = (manager as unknown as { open(): Promise<boolean> }).open();
    client.release(true);
    const ended = pool.end();
    await pollUntil(async () => pool.ended);
    await ended;
    expect(await opened).toBe(false);
  } finally {
    thaw();
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
