import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import type { RecordedEvent } from '@pg-otel/testkit';
import pg from 'pg';
import type { PostgresInstrumentationConfig } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';

const POOL = 'db.client.connection.pool.name';

let shop: Instrumented;
const pools: pg.Pool[] = [];
const checkedOut: pg.PoolClient[] = [];

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(() => {
  shop.recorder.clear();
});

afterEach(async () => {
  for (const client of checkedOut.splice(0)) client.release(true);
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(() => shop.stop());

/** A pool that has its application's name. */
function openPool(name = 'shop'): pg.Pool {
  const pool = new pg.Pool({ connectionString: shop.server.url, application_name: name });
  pools.push(pool);
  return pool;
}

async function checkOut(pool: pg.Pool): Promise<pg.PoolClient> {
  const client = await pool.connect();
  checkedOut.push(client);
  return client;
}

const configure = (options: PostgresInstrumentationConfig) =>
  shop.configure({ poolNames: ({ applicationName }) => applicationName, ...options });

const held = (pool?: string) =>
  shop.recorder
    .events()
    .filter(
      ({ name, attributes }) => name === 'pg_otel.connection.held' && (!pool || attributes[POOL] === pool),
    );

/** The first event of a pool whose connection is held too long: by then, others that were held earlier were reported. */
async function firstOf(pool: string): Promise<RecordedEvent> {
  for (;;) {
    const [first] = held(pool);
    if (first !== undefined) return first;
    await sleep(10);
  }
}

describe('a client that waits for notifications', () => {
  const LIMITS = { heldAfter: 0.2 };
  /** While a connection prepares to listen: nothing is held too long, regardless of how long the server takes. */
  const NO_LIMITS = { heldAfter: 'none' } as const;
  /** The event is in the trace of the connection that is held longest: of the listener, if that counts. */
  const isReported = async (commands: readonly string[]): Promise<boolean> => {
    configure(NO_LIMITS);
    const pool = openPool();
    const span = trace.getTracer('test').startSpan('listener');
    const listener = await context.with(trace.setSpan(context.active(), span), () => checkOut(pool));
    for (const command of commands) await listener.query(command).catch(() => {});
    configure(LIMITS);
    await checkOut(pool);
    return (await firstOf('shop')).spanId === span.spanContext().spanId;
  };

  it.each([
    [['LISTEN jobs'], false],
    [['LISTEN "jobs:insert"; LISTEN "worker:migrate"'], false],
    [['LISTEN jobs', 'LISTEN other', 'UNLISTEN jobs'], false],
    [['BEGIN; LISTEN jobs; COMMIT'], false],
    [['BEGIN', 'LISTEN jobs', 'COMMIT'], false],
    [['START TRANSACTION', 'LISTEN jobs', 'SELECT 1', 'END'], false],
    [['BEGIN', 'LISTEN jobs', 'SAVEPOINT later', 'ROLLBACK TO later', 'COMMIT'], false],
    [['LISTEN jobs', 'BEGIN', 'UNLISTEN jobs', 'ROLLBACK'], false],
    [['SELECT 1 AS listen'], true],
    [['LISTEN jobs', 'BEGIN', 'UNLISTEN jobs', 'COMMIT'], true],
    [['LISTEN'], true],
    [['LISTEN jobs; SELECT 1/0'], true],
    [['BEGIN', 'SELECT 1/0', 'LISTEN jobs', 'ROLLBACK'], true],
    [['BEGIN', 'LISTEN jobs'], true],
    [['BEGIN', 'LISTEN jobs', 'ROLLBACK'], true],
    [['BEGIN', 'LISTEN jobs', 'ABORT'], true],
    [['BEGIN', 'LISTEN jobs', 'SELECT 1/0', 'COMMIT'], true],
  ])('after %j is held too long: %j', async (commands, expected) => {
    expect(await isReported(commands)).toBe(expected);
  });

  it('is not the oldest connection in use', async () => {
    configure(LIMITS);
    await (await checkOut(openPool())).query('LISTEN jobs');
    const oldest = await shop.points('pg_otel.connection.use.oldest', { [POOL]: 'shop' });
    expect(oldest.map(({ value }) => value)).toEqual([0]);
  });

  it.each([['UNLISTEN "jobs"'], ['UNLISTEN *'], ['DISCARD ALL']])(
    'is held from %s on, like others',
    async (command) => {
      configure(LIMITS);
      const listener = await checkOut(openPool());
      await listener.query('LISTEN Jobs');
      await listener.query('SELECT 1');
      await listener.query(command);
      expect((await firstOf('shop')).attributes['pg_otel.connection.held_count']).toBe(1);
    },
  );

  it('is not held once it is released, while its last statement is still running', async () => {
    configure(NO_LIMITS);
    const pool = openPool();
    const listener = await pool.connect();
    await listener.query('LISTEN jobs');
    const ended = listener.query('UNLISTEN jobs');
    listener.release();
    await ended;
    configure(LIMITS);
    await checkOut(openPool('other'));
    await firstOf('other');
    expect(held('shop')).toEqual([]);
  });

  it('has a use time like others', async () => {
    configure({ ...LIMITS, poolNames: () => 'listening' });
    const pool = openPool();
    const listener = await pool.connect();
    await listener.query('LISTEN jobs');
    listener.release();
    const [uses] = await shop.points('db.client.connection.use_time', { [POOL]: 'listening' });
    expect(uses?.count).toBe(1);
  });
});

describe('the limit', () => {
  it('is set for a single pool, or switched off for it', async () => {
    configure({ heldAfter: 0.3, heldAfterOf: { workers: 'none', reports: 0.1 } });
    await checkOut(openPool('workers'));
    await checkOut(openPool('reports'));
    await checkOut(openPool('shop'));
    await firstOf('shop');
    expect(held('workers')).toEqual([]);
    expect(held('reports')[0]?.attributes['pg_otel.connection.limit']).toBe(0.1);
  });

  it('is switched off for all but single pools', async () => {
    configure({ heldAfter: 'none', heldAfterOf: { reports: 0.2 } });
    await checkOut(openPool('shop'));
    await checkOut(openPool('reports'));
    await firstOf('reports');
    expect(held('shop')).toEqual([]);
  });
});

describe('the code that has checked a connection out', () => {
  const stackOf = async (pool: string) => String((await firstOf(pool)).attributes['code.stacktrace']);

  it('is in the event, without a trace', async () => {
    configure({ heldAfter: 0.1 });
    const pool = openPool();
    async function leakingHandler(): Promise<void> {
      await checkOut(pool);
    }
    await leakingHandler();
    const stack = await stackOf('shop');
    expect(stack).toMatch(/^\s+at /);
    expect(stack).toContain('leakingHandler');
    expect(stack).toContain('held-connections.test.ts');
    expect(stack).not.toContain('packages/instrumentation/src');
  });

  it('is in the event where it takes a callback', async () => {
    configure({ heldAfter: 0.1 });
    const pool = openPool();
    function leakingCallback(): Promise<void> {
      return new Promise((resolve) => {
        pool.connect((_, client) => {
          checkedOut.push(client as pg.PoolClient);
          resolve();
        });
      });
    }
    await leakingCallback();
    expect(await stackOf('shop')).toContain('leakingCallback');
  });

  it('is recorded of some callers only', async () => {
    configure({ heldAfter: 0.1 });
    const capture = jest.spyOn(Error, 'captureStackTrace');
    const pool = openPool();
    const stacks = () =>
      capture.mock.calls.filter(([, below]) => (below as { name?: string } | undefined)?.name === 'connect')
        .length;
    const startedAt = performance.now();
    for (let request = 0; request < 200; request += 1) (await pool.connect()).release();
    const allowed = 20 * (1 + Math.floor((performance.now() - startedAt) / 1000));
    expect(stacks()).toBeGreaterThan(0);
    expect(stacks()).toBeLessThanOrEqual(allowed);
    for (let request = 0; request < 5; request += 1) await pool.query('SELECT 1');
    capture.mockClear();
    configure({ heldAfter: 'none' });
    (await pool.connect()).release();
    expect(stacks()).toBe(0);
    capture.mockRestore();
  });

  it('is left out when the application has another representation of stacks, or none', async () => {
    configure({ heldAfter: 0.1 });
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      Error.prepareStackTrace = () => {
        throw new Error('mine');
      };
      await checkOut(openPool('prepared'));
      Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = 0;
      await checkOut(openPool('unlimited'));
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = stackTraceLimit;
    }
    for (const pool of ['prepared', 'unlimited']) {
      expect((await firstOf(pool)).attributes).not.toHaveProperty(['code.stacktrace']);
    }
  });
});
