import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { freePort } from '@pg-otel/testkit';
import pg from 'pg';
import { CHANNELS, type OperationMessage } from '../../src/channels';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(() => {
  shop.configure();
  shop.recorder.clear();
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end().catch(() => {})));
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const openPool = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ connectionString: shop.server.url, ...options });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
};

/** Each test has its own pool name, which identifies the metrics of its pool. */
const named = (name: string) => shop.configure({ poolNames: () => name });

const value = async (metric: string, pool: string, attributes: Record<string, unknown> = {}) => {
  const points = await shop.points(metric, { 'db.client.connection.pool.name': pool, ...attributes });
  return points[0]?.value;
};
const counts = async (pool: string) => ({
  used: await value('db.client.connection.count', pool, { 'db.client.connection.state': 'used' }),
  idle: await value('db.client.connection.count', pool, { 'db.client.connection.state': 'idle' }),
  pending: await value('db.client.connection.pending_requests', pool),
  limit: await value('db.client.connection.limit', pool),
  utilization: await value('pg_otel.connection.utilization', pool),
});
const acquires = () => shop.recorder.spans().filter(({ name }) => name.startsWith('acquire '));
const connects = () => shop.recorder.spans().filter(({ name }) => name.startsWith('connect '));

const tracer = trace.getTracer('test');
const within = <T>(name: string, run: () => T): { id: string; traceId: string; result: T } => {
  const span = tracer.startSpan(name);
  const result = context.with(trace.setSpan(context.active(), span), run);
  span.end();
  return { id: span.spanContext().spanId, traceId: span.spanContext().traceId, result };
};

describe('the numbers of a pool', () => {
  it('are true at the worst moment, and when nothing happens', async () => {
    named('worst');
    const pool = openPool({ max: 2 });
    const held = await Promise.all([pool.connect(), pool.connect()]);
    const waiting = Array.from({ length: 5 }, () => pool.query('SELECT 1'));
    await sleep(30);
    expect(await counts('worst')).toEqual({ used: 2, idle: 0, pending: 5, limit: 2, utilization: 1 });
    expect(await value('pg_otel.connection.pending.oldest', 'worst')).toBeGreaterThan(0.02);
    expect(await value('pg_otel.connection.use.oldest', 'worst')).toBeGreaterThan(0.02);

    for (const client of held) client.release();
    await Promise.all(waiting);
    expect(await counts('worst')).toEqual({ used: 0, idle: 2, pending: 0, limit: 2, utilization: 0 });
    expect(await value('pg_otel.connection.pending.oldest', 'worst')).toBe(0);
    expect(await value('pg_otel.connection.use.oldest', 'worst')).toBe(0);
  });

  it('are per pool, with two pools on one database numbered', async () => {
    const first = openPool({ max: 3 });
    const second = openPool({ max: 7 });
    await first.query('SELECT 1');
    const held = await second.connect();
    expect(await counts('shop')).toEqual({ used: 0, idle: 1, pending: 0, limit: 3, utilization: 0 });
    expect(await counts('shop#2')).toEqual({ used: 1, idle: 0, pending: 0, limit: 7, utilization: 1 / 7 });
    held.release();
  });

  it('are those of a database that is called as a property of every object', async () => {
    await openPool().query('CREATE DATABASE "constructor"');
    await openPool({ connectionString: shop.server.url.replace('/shop', '/constructor'), max: 3 }).query(
      'SELECT 1',
    );
    expect(await counts('constructor')).toMatchObject({ idle: 1, limit: 3 });
  });

  it('carry every attribute of the conventions', async () => {
    named('attributes');
    await openPool({ max: 4, min: 1 }).query('SELECT 1');
    const pool = { ...shop.target, 'db.client.connection.pool.name': 'attributes' };
    for (const [name, unit, expected] of [
      ['db.client.connection.limit', '{connection}', 4],
      ['db.client.connection.idle.max', '{connection}', 4],
      ['db.client.connection.idle.min', '{connection}', 1],
      ['db.client.connection.pending_requests', '{request}', 0],
    ] as const) {
      const [point] = await shop.points(name, { 'db.client.connection.pool.name': 'attributes' });
      expect(point).toMatchObject({ unit, value: expected });
      expect(point?.attributes).toEqual(pool);
    }
  });

  it('do not count a connection that is being opened as used', async () => {
    named('opening');
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const pool = openPool({ connectionString: `postgresql://app@127.0.0.1:${port}/shop`, max: 2 });
    const failed = expect(pool.connect()).rejects.toThrow('Connection terminated unexpectedly');
    await once(silent, 'connection');
    expect(await counts('opening')).toEqual({ used: 0, idle: 0, pending: 0, limit: 2, utilization: 0.5 });
    for (const socket of sockets) socket.destroy();
    await failed;
    expect(await counts('opening')).toMatchObject({ used: 0, idle: 0, utilization: 0 });
    silent.close();
  });

  it('end with the pool, at zero: readers keep the last value of a series', async () => {
    named('ended');
    const pool = openPool({ max: 3 });
    await pool.query('SELECT 1');
    expect(await counts('ended')).toMatchObject({ idle: 1, limit: 3 });
    await pool.end();
    for (let look = 0; look < 2; look += 1) {
      expect(await counts('ended')).toEqual({ used: 0, idle: 0, pending: 0, limit: 0, utilization: 0 });
    }
  });

  it('end with the pool, though the callback of its end throws', async () => {
    named('end-throws');
    const pool = openPool();
    await pool.query('SELECT 1');
    const fail = () => {
      throw new Error('mine');
    };
    expect(() => pool.end(fail)).toThrow('mine');
    expect(await counts('end-throws')).toMatchObject({ used: 0, idle: 0, limit: 0 });
  });
});

describe('waiting for a connection', () => {
  it('is a value of wait_time for every request, and of create_time and use_time', async () => {
    named('waits');
    const pool = openPool({ max: 1 });
    await pool.query('SELECT 1');
    await Promise.all([pool.query('SELECT pg_sleep(0.1)'), pool.query('SELECT 1')]);
    const of = async (metric: string) =>
      (await shop.points(metric, { 'db.client.connection.pool.name': 'waits' }))[0];
    const waits = await of('db.client.connection.wait_time');
    expect(waits?.count).toBe(3);
    expect(waits?.value).toBeGreaterThan(0.09);
    expect((await of('db.client.connection.create_time'))?.count).toBe(1);
    const uses = await of('db.client.connection.use_time');
    expect(uses?.count).toBe(3);
    expect(uses?.value).toBeGreaterThan(0.1);
    expect(uses?.attributes).toEqual({ ...shop.target, 'db.client.connection.pool.name': 'waits' });
  });

  it('that times out is a timeout, a value of wait_time, a failed span and an event', async () => {
    named('timeouts');
    const pool = openPool({ max: 1 });
    const held = await pool.connect();
    shop.recorder.clear();
    pool.options.connectionTimeoutMillis = 20;
    await expect(pool.query('SELECT 1')).rejects.toThrow('timeout exceeded when trying to connect');
    await expect(pool.connect()).rejects.toThrow('timeout exceeded when trying to connect');
    held.release();
    expect(await value('db.client.connection.timeouts', 'timeouts')).toBe(2);
    const [failed] = await shop.points('db.client.connection.wait_time', {
      'db.client.connection.pool.name': 'timeouts',
      'error.type': 'timeout',
    });
    expect(failed?.count).toBe(2);
    expect(acquires().map(({ status }) => status.message)).toEqual(['timeout', 'timeout']);
    const failures = shop.recorder.events().filter(({ name }) => name === 'db.client.operation.exception');
    expect(failures.map(({ attributes }) => attributes['pg_otel.operation.kind'])).toEqual([
      'acquire',
      'acquire',
    ]);
    expect(await counts('timeouts')).toMatchObject({ pending: 0, used: 0 });
  });

  it('for a connection that cannot be opened fails with its error', async () => {
    named('refused');
    const pool = openPool({ connectionString: `postgresql://app@127.0.0.1:${await freePort()}/shop` });
    await expect(pool.query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
    expect(acquires()).toMatchObject([{ attributes: { 'error.type': 'ECONNREFUSED' } }]);
    expect(connects()).toMatchObject([{ attributes: { 'error.type': 'ECONNREFUSED' } }]);
    expect(connects()[0]?.parentSpanId).toBe(acquires()[0]?.spanId);
    expect(await counts('refused')).toMatchObject({ used: 0, utilization: 0 });
  });

  it('when the pool has ended fails without a span that stays open', async () => {
    const pool = openPool();
    await pool.query('SELECT 1');
    await pool.end();
    await expect(pool.connect()).rejects.toThrow('Cannot use a pool after calling end on the pool');
    const error = await new Promise((resolve) => pool.connect(resolve));
    expect(error).toBeInstanceOf(Error);
  });

  it('that the pool forgets when it ends, ends with it', async () => {
    const pool = openPool({ max: 1 });
    const client = await pool.connect();
    void pool.query('SELECT 1').catch(() => {});
    const ended = pool.end();
    client.release();
    await ended;
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'pool_closed']);
  });
});

describe('a request that an idle connection would serve', () => {
  const requests: readonly (readonly [string, (pool: pg.Pool) => void])[] = [
    ['pool.query', (pool) => void pool.query('SELECT 1')],
    ['pool.connect', (pool) => void pool.connect()],
    ['pool.connect with a callback', (pool) => pool.connect(() => {})],
  ];

  it.each(requests)('ends when the pool ends in the same turn: %s', async (_name, request) => {
    shop.configure({ acquireSpans: 'always' });
    const pool = openPool({ max: 2 });
    const inUse = await pool.connect();
    await pool.query('SELECT 1');
    shop.recorder.clear();
    request(pool);
    const ended = pool.end();
    expect(acquires()).toEqual([]);
    inUse.release();
    await ended;
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toEqual(['pool_closed']);
  });

  it('ends when it is the only one of the pool', async () => {
    shop.configure({ acquireSpans: 'always' });
    const pool = openPool();
    await pool.query('SELECT 1');
    shop.recorder.clear();
    void pool.query('SELECT 1');
    await pool.end();
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toEqual(['pool_closed']);
  });

  it('is served when the pool ends later', async () => {
    shop.configure({ acquireSpans: 'always' });
    const pool = openPool();
    await pool.query('SELECT 1');
    shop.recorder.clear();
    const served = pool.query('SELECT 1');
    await new Promise((resolve) => process.nextTick(resolve));
    const ended = pool.end();
    await served;
    await ended;
    expect(acquires().map(({ attributes }) => attributes['error.type'])).toEqual([undefined]);
  });
});

describe('acquire spans', () => {
  it('are created when the caller waited or a connection was opened for it; otherwise the query has an attribute', async () => {
    const pool = openPool({ max: 1 });
    await pool.query('SELECT 1');
    expect(acquires()).toHaveLength(1);
    expect(acquires()[0]).toMatchObject({ name: 'acquire shop', kind: 'INTERNAL' });
    expect(acquires()[0]?.attributes).toEqual({ ...shop.target, 'db.client.connection.pool.name': 'shop' });
    expect(connects()[0]?.parentSpanId).toBe(acquires()[0]?.spanId);

    shop.recorder.clear();
    await pool.query('SELECT 1');
    expect(acquires()).toEqual([]);
    expect(shop.queries()[0]?.attributes['pg_otel.pool.wait_time']).toEqual(expect.any(Number));

    await Promise.all([pool.query('SELECT pg_sleep(0.05)'), pool.query('SELECT 1')]);
    expect(acquires()).toHaveLength(1);
    expect(shop.queries().at(-1)?.attributes['pg_otel.pool.wait_time']).toBeGreaterThan(0.04);
  });

  it('are created always or never by option', async () => {
    shop.configure({ acquireSpans: 'always' });
    const pool = openPool({ max: 1 });
    await pool.query('SELECT 1');
    await pool.query('SELECT 1');
    expect(acquires()).toHaveLength(2);
    shop.recorder.clear();
    shop.configure({ acquireSpans: 'never' });
    await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 1')]);
    expect(acquires()).toEqual([]);
  });

  it('have no queue time for the first query of a new connection, which had nothing ahead of it', async () => {
    const pool = openPool();
    await pool.query('SELECT 1');
    expect(shop.queries().map(({ attributes }) => 'pg_otel.client.queue_time' in attributes)).toEqual([
      false,
    ]);
  });

  it('put the wait of the caller on the first query of a checkout only', async () => {
    const pool = openPool();
    const client = await pool.connect();
    await client.query('SELECT 1');
    await client.query('SELECT 2');
    client.release();
    expect(shop.queries().map(({ attributes }) => 'pg_otel.pool.wait_time' in attributes)).toEqual([
      true,
      false,
    ]);
  });
});

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: unknown) => void,
) => void;

describe('the parent of a span', () => {
  /** A class of promises that notes which span is active when a promise is resolved, by its value. */
  function notingPromise() {
    const seen = new Map<unknown, unknown>();
    const note = (value: unknown) => {
      // The promises that are derived from it are resolved later.
      if (!seen.has(value)) seen.set(value, trace.getActiveSpan()?.spanContext().spanId);
    };
    class Noting<Value> extends Promise<Value> {
      constructor(run: ConstructorParameters<typeof Promise<Value>>[0]) {
        super((resolve, reject) =>
          run((value) => {
            note(value);
            resolve(value);
          }, reject),
        );
      }
    }
    return { noting: Noting as PromiseConstructor, seen };
  }

  it("is the caller's, for requests that waited in the queue of a pool", async () => {
    const pool = openPool({ max: 1 });
    const requests = ['a', 'b', 'c'].map((name) => within(name, () => pool.query('SELECT $1', [name])));
    await Promise.all(requests.map(({ result }) => result));
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual(requests.map(({ id }) => id));
  });

  it("is the caller's, in callbacks of both styles", async () => {
    const pool = openPool({ max: 1 });
    const run = () =>
      new Promise<void>((resolve, reject) => {
        pool.connect((error, client, release) => {
          if (error || client === undefined) return reject(error);
          client.query('SELECT 1', () => {
            client.query('SELECT 2', () => {
              release();
              resolve();
            });
          });
        });
      });
    const requests = ['a', 'b'].map((name) => within(name, run));
    await Promise.all(requests.map(({ result }) => result));
    const [a, b] = requests.map(({ id }) => id);
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([a, a, b, b]);
  });

  it("is the caller's, in the callback of pool.query", async () => {
    const pool = openPool({ max: 1 });
    const run = () =>
      new Promise<void>((resolve, reject) => {
        pool.query('SELECT 1', (error) => {
          if (error) return reject(error);
          pool.query('SELECT $1', ['2'], (failure) => (failure ? reject(failure) : resolve()));
        });
      });
    const requests = ['a', 'b'].map((name) => within(name, run));
    await Promise.all(requests.map(({ result }) => result));
    const [a, b] = requests.map(({ id }) => id);
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([a, b, a, b]);
  });

  it("is the caller's, in release listeners of an awaited pool.query", async () => {
    const pool = openPool({ max: 1 });
    const seen: unknown[] = [];
    pool.on('release', () => seen.push(trace.getActiveSpan()?.spanContext().spanId));
    const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
    await Promise.all(requests.map(({ result }) => result));
    expect(seen).toEqual(requests.map(({ id }) => id));
  });

  it("is the caller's, where a promise of the application's class is resolved", async () => {
    const { noting, seen } = notingPromise();
    const pool = openPool({ max: 1, Promise: noting });
    const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
    const results = await Promise.all(requests.map(({ result }) => result));
    expect(results.map((result) => seen.get(result))).toEqual(requests.map(({ id }) => id));
  });

  it("is the caller's, where the application has replaced the global class of promises", async () => {
    const { noting, seen } = notingPromise();
    const own = globalThis.Promise;
    globalThis.Promise = noting;
    try {
      const pool = openPool({ max: 1 });
      const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
      const results = await own.all(requests.map(({ result }) => result));
      expect(results.map((result) => seen.get(result))).toEqual(requests.map(({ id }) => id));
    } finally {
      globalThis.Promise = own;
    }
  });

  const activeSpan = () => trace.getActiveSpan()?.spanContext().spanId;

  it("is the caller's, where the pool of the application prepares a connection before it passes it on", async () => {
    const pool = openPool({ max: 1 });
    const connect = pool.connect.bind(pool) as (callback: Connected) => void;
    const prepared = (callback: Connected) =>
      connect((error, client, release) => {
        if (client === undefined) callback(error, client, release);
        else client.query("SET lock_timeout = '1s'", (failure) => callback(failure, client, release));
      });
    pool.connect = prepared as never;
    const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
    await Promise.all(requests.map(({ result }) => result));
    const [a, b] = requests.map(({ id }) => id);
    expect(shop.queries().map(({ parentSpanId }) => parentSpanId)).toEqual([a, a, b, b]);
  });

  it("is the caller's, in a callback that the client of the application adds to an awaited pool.query", async () => {
    const seen: unknown[] = [];
    class Noting extends pg.Client {
      override query(...args: unknown[]): never {
        const query = super.query as (...args: unknown[]) => never;
        const callback = args.at(-1);
        if (typeof callback !== 'function') return query.apply(this, args);
        const noting = (...results: unknown[]) => {
          seen.push(activeSpan());
          callback(...results);
        };
        return query.call(this, ...args.slice(0, -1), noting);
      }
    }
    const pool = openPool({ max: 1, Client: Noting } as pg.PoolConfig);
    const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
    await Promise.all(requests.map(({ result }) => result));
    expect(seen).toEqual(requests.map(({ id }) => id));
  });

  it("is the caller's, in the log of a pool", async () => {
    const seen: unknown[] = [];
    const log = (message: unknown) => {
      if (message === 'query dispatched') seen.push(activeSpan());
    };
    const pool = openPool({ max: 1, log });
    const requests = ['a', 'b'].map((name) => within(name, () => pool.query('SELECT 1')));
    await Promise.all(requests.map(({ result }) => result));
    expect(seen).toEqual(requests.map(({ id }) => id));
  });

  it("is the caller's, in the callback of a request that a subscriber makes within that of an awaited pool.query", async () => {
    const pool = openPool({ max: 2 });
    await within('first', () => pool.query('SELECT 1')).result;
    const seen: unknown[] = [];
    const queried = new Promise<void>((resolve) => {
      const listener = (message: unknown) => {
        if ((message as OperationMessage).kind !== 'acquire') return;
        unsubscribe(CHANNELS.operationStart, listener);
        pool.connect((_error, client, release) => {
          client?.query('SELECT 2', () => {
            seen.push(activeSpan());
            release();
            resolve();
          });
        });
      };
      subscribe(CHANNELS.operationStart, listener);
    });
    const { id, result } = within('a', () => pool.query('SELECT 1'));
    await Promise.all([result, queried]);
    expect(seen).toEqual([id]);
  });

  it('of a dial is the request it is made for, not the one whose release led to it', async () => {
    const pool = openPool({ max: 1 });
    const a = within('a', () => pool.connect());
    const client = await a.result;
    const b = within('b', () => pool.query('SELECT 1'));
    client.release(true);
    await b.result;
    const [first, second] = connects();
    expect(first?.traceId).toBe(a.traceId);
    expect(second?.traceId).toBe(b.traceId);
    expect(acquires().find(({ spanId }) => spanId === second?.parentSpanId)?.parentSpanId).toBe(b.id);
  });
});

describe('closed connections', () => {
  const closed = async (pool: string) => {
    const points = await shop.points('pg_otel.connection.closed', { 'db.client.connection.pool.name': pool });
    return Object.fromEntries(
      points.map(({ attributes, value: count }) => [attributes['pg_otel.connection.close.reason'], count]),
    );
  };

  it('by the end of the pool', async () => {
    named('close-end');
    const pool = openPool();
    await pool.query('SELECT 1');
    await pool.end();
    expect(await closed('close-end')).toEqual({ end: 1 });
  });

  it('by uses', async () => {
    named('close-uses');
    const pool = openPool({ maxUses: 2 });
    for (let n = 0; n < 4; n += 1) await pool.query('SELECT 1');
    expect(await closed('close-uses')).toEqual({ max_uses: 2 });
  });

  it('by idle timeout', async () => {
    named('close-idle');
    const pool = openPool({ idleTimeoutMillis: 20 });
    const removed = once(pool, 'remove');
    await pool.query('SELECT 1');
    await removed;
    expect(await closed('close-idle')).toEqual({ idle: 1 });
  });

  it('by lifetime, in use or idle', async () => {
    named('close-lifetime');
    const pool = openPool({ maxLifetimeSeconds: 1, max: 2 });
    const used = await pool.connect();
    await pool.query('SELECT 1');
    await once(pool, 'remove'); // the idle one
    const removed = once(pool, 'remove');
    while ((pool as unknown as { expiredCount: number }).expiredCount === 0) await sleep(10);
    used.release();
    await removed;
    expect(await closed('close-lifetime')).toEqual({ lifetime: 2 });
    const [uses] = await shop.points('db.client.connection.use_time', {
      'db.client.connection.pool.name': 'close-lifetime',
    });
    // The pool acquires and releases an expired idle connection itself, which is not a use.
    expect(uses?.count).toBe(2);
  });

  it('by error, in use or idle', async () => {
    named('close-error');
    const pool = openPool({ max: 2 });
    await pool.query('SELECT * FROM missing').catch(() => {});
    const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
    // Not events.once: it takes the pool's error for its own.
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    const killer = new pg.Client({ connectionString: shop.server.url });
    await killer.connect();
    await killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await killer.end();
    await removed;
    expect(await closed('close-error')).toEqual({ error: 2 });
  });

  it('once, also when the server ends them while they are being closed', async () => {
    named('close-twice');
    const pool = openPool();
    const killer = new pg.Client({ connectionString: shop.server.url });
    await killer.connect();
    const client = await pool.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.pause();
    const isOpen = async () =>
      (await killer.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [rows[0].pid])).rowCount === 1;
    await killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    while (await isOpen()) await sleep(10);
    await killer.end();
    // The pool removes the connection, and again when it reads the message of the server.
    const lost = new Promise((resolve) => pool.once('error', resolve));
    client.release(true);
    stream.resume();
    await lost;
    expect(await closed('close-twice')).toEqual({ error: 1 });
  });
});

describe('the name of a pool', () => {
  const names = async () => [
    ...new Set(
      (await shop.points('db.client.connection.limit')).map(
        ({ attributes }) => attributes['db.client.connection.pool.name'],
      ),
    ),
  ];

  it('is the database, or the name in the option', async () => {
    shop.configure({ poolNames: { shop: 'orders', 'shop#2': 'reports' } });
    await openPool().query('SELECT 1');
    await openPool().query('SELECT 1');
    expect(await names()).toEqual(expect.arrayContaining(['orders', 'reports']));
  });

  it('may be chosen by a function of the pool', async () => {
    const seen: unknown[] = [];
    shop.configure({
      poolNames: (pool) => {
        seen.push(pool);
        return pool.applicationName;
      },
    });
    await openPool({ application_name: 'billing' }).query('SELECT 1');
    expect(await names()).toContain('billing');
    expect(seen).toEqual([
      {
        defaultName: 'shop',
        serverAddress: shop.server.host,
        serverPort: shop.server.port,
        namespace: 'shop',
        user: shop.server.user,
        applicationName: 'billing',
      },
    ]);
  });

  it('stays the default when the function throws', async () => {
    shop.configure({
      poolNames: () => {
        throw new Error('mine');
      },
    });
    const { rows } = await openPool().query('SELECT 1 AS one');
    expect(rows).toEqual([{ one: 1 }]);
    expect(await names()).toContain('shop');
  });
});
