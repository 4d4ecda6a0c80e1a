import { context, trace } from '@opentelemetry/api';
import { pollUntil } from '@pg-otel/testkit';
import pg from 'pg';
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
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const openPool = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ connectionString: shop.server.url, ...options });
  pools.push(pool);
  return pool;
};

const live = async () => {
  const limits = await shop.points('db.client.connection.limit');
  return limits
    .filter(({ value }) => value !== 0)
    .map(({ attributes, value }) => ({ name: attributes['db.client.connection.pool.name'], limit: value }));
};
const count = async (state: string) =>
  (
    await shop.points('db.client.connection.count', {
      'db.client.connection.pool.name': 'shop',
      'db.client.connection.state': state,
    })
  ).map(({ value }) => value);
const acquires = () => shop.recorder.spans().filter(({ name }) => name.startsWith('acquire '));
const connects = () => shop.recorder.spans().filter(({ name }) => name.startsWith('connect '));

const madeOnFirstUse = (pool: pg.Pool): pg.Pool =>
  new Proxy({} as pg.Pool, {
    get: (_target, name) => Reflect.get(pool, name),
    set: (_target, name, value) => Reflect.set(pool, name, value),
  });

const wrappers: [string, (pool: pg.Pool) => pg.Pool][] = [
  ['a Proxy', (pool) => new Proxy(pool, {})],
  ['an object derived from it', (pool) => Object.create(pool)],
  ['a Proxy around an object derived from it', (pool) => new Proxy(Object.create(pool), {})],
  [
    'a logging Proxy that binds methods',
    (pool) =>
      new Proxy(pool, {
        get(target, name) {
          const member = Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      }),
  ],
  ['a Proxy whose target is another object, as of a pool that is made on first use', madeOnFirstUse],
];

describe.each(wrappers)('a pool behind %s, created for each request', (_name, wrap) => {
  it('is one pool with its own limit', async () => {
    const real = openPool({ max: 5 });
    for (let request = 0; request < 20; request += 1) await wrap(real).query('SELECT 1');
    expect(await live()).toEqual([{ name: 'shop', limit: 5 }]);
    expect(await count('idle')).toEqual([1]);
    expect(await count('used')).toEqual([0]);
    const [waits] = await shop.points('db.client.connection.wait_time', {
      'db.client.connection.pool.name': 'shop',
    });
    expect(waits?.count).toBeGreaterThanOrEqual(20);
    expect(connects()).toHaveLength(1);
  });

  it('is the same pool as the real one', async () => {
    const real = openPool({ max: 3 });
    const held = await real.connect();
    await wrap(real).query('SELECT 1');
    expect(await live()).toEqual([{ name: 'shop', limit: 3 }]);
    expect(await count('used')).toEqual([1]);
    held.release();
    expect(await count('used')).toEqual([0]);
    expect(await count('idle')).toEqual([2]);
  });
});

// pg-pool itself loses track of a connection that is closed through a derived object.
it.each(wrappers.filter(([name]) => !name.includes('derived')))(
  'a pool behind %s has no connections when they are closed',
  async (_name, wrap) => {
    const client = await wrap(openPool()).connect();
    client.release(true);
    expect(await count('used')).toEqual([0]);
    expect(await count('idle')).toEqual([0]);
    expect(await live()).toEqual([{ name: 'shop', limit: 10 }]);
  },
);

describe('a client behind a Proxy', () => {
  it('reports the wait for the pool on its first query', async () => {
    const client = await openPool().connect();
    const wrapped = new Proxy(client, {});
    await wrapped.query('SELECT 1');
    client.release();
    expect(shop.queries()[0]?.attributes['pg_otel.pool.wait_time']).toEqual(expect.any(Number));
  });

  it('is released as the client it wraps', async () => {
    const pool = openPool();
    const wrapped = new Proxy(await pool.connect(), {});
    await wrapped.query('SELECT 1');
    wrapped.release();
    expect(await count('used')).toEqual([0]);
  });

  it('is a client of its pool when the class of the pool makes it', async () => {
    class Guarded extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config);
        // biome-ignore lint/correctness/noConstructorReturn: as a logging wrapper does
        return new Proxy(this, {});
      }
    }
    await openPool({ Client: Guarded } as pg.PoolConfig).query('SELECT 1');
    expect(connects()[0]?.attributes['db.client.connection.pool.name']).toBe('shop');
    expect(shop.queries()[0]?.attributes['pg_otel.pool.wait_time']).toEqual(expect.any(Number));
  });
});

describe('a pool behind a Proxy whose target is another object', () => {
  it('has no connections left when they were closed for being idle', async () => {
    const wrapped = madeOnFirstUse(openPool({ max: 3, idleTimeoutMillis: 1 }));
    await Promise.all([1, 2, 3].map(() => wrapped.query('SELECT 1')));
    await pollUntil(async () => wrapped.totalCount === 0);
    expect(await count('used')).toEqual([0]);
    expect(await count('idle')).toEqual([0]);
  });

  it('is reported no more when it has ended', async () => {
    const wrapped = madeOnFirstUse(new pg.Pool({ connectionString: shop.server.url }));
    await wrapped.query('SELECT 1');
    await wrapped.end();
    expect(await live()).toEqual([]);
  });
});

it('does not count a pool that returns other objects each time', async () => {
  const pool = new Proxy(openPool(), {
    get(target, name) {
      const member = Reflect.get(target, name);
      return Array.isArray(member) ? new Proxy(member, {}) : member;
    },
  });
  for (let request = 0; request < 3; request += 1) {
    await pool.query('SELECT 1');
  }
  expect(await live()).toEqual([]);
});

describe('a client whose connect waits for a token', () => {
  const token = async () => 'token';
  class Iam extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: as programs write it
    override connect(callback?: any): any {
      const connected = token().then(() => super.connect());
      if (!callback) return connected;
      connected.then(() => callback(null, this), callback);
    }
  }
  const openIam = (options: pg.PoolConfig = {}) => openPool({ Client: Iam, ...options } as pg.PoolConfig);

  it('is linked with its pool', async () => {
    const pool = openIam({ application_name: 'iam' });
    shop.configure({ poolNames: ({ applicationName }) => applicationName });
    const span = trace.getTracer('test').startSpan('request');
    await context.with(trace.setSpan(context.active(), span), () => pool.query('SELECT 1'));
    span.end();
    const [acquire] = acquires();
    expect(acquire).toMatchObject({ name: 'acquire iam', parentSpanId: span.spanContext().spanId });
    expect(connects()).toMatchObject([
      { parentSpanId: acquire?.spanId, attributes: { 'db.client.connection.pool.name': 'iam' } },
    ]);
    expect(shop.queries()[0]?.parentSpanId).toBe(span.spanContext().spanId);
    expect(shop.queries()[0]?.attributes['pg_otel.pool.wait_time']).toEqual(expect.any(Number));
    for (const name of ['create_time', 'wait_time', 'use_time']) {
      const points = await shop.points(`db.client.connection.${name}`, {
        'db.client.connection.pool.name': 'iam',
      });
      expect(points.map(({ count: values }) => values)).toEqual([1]);
    }
  });

  it('fails with its error in wait_time', async () => {
    shop.configure({ poolNames: () => 'iam-failing' });
    await expect(
      openIam({ port: 1, host: '127.0.0.1', connectionString: undefined }).query('SELECT 1'),
    ).rejects.toThrow('ECONNREFUSED');
    const failed = { 'db.client.connection.pool.name': 'iam-failing', 'error.type': 'ECONNREFUSED' };
    for (const name of ['create_time', 'wait_time']) {
      const points = await shop.points(`db.client.connection.${name}`, failed);
      expect(points.map(({ count: values }) => values)).toEqual([1]);
    }
    expect(acquires()).toMatchObject([{ attributes: { 'error.type': 'ECONNREFUSED' } }]);
  });

  it('fails with the error of the token in wait_time', async () => {
    class Refused extends pg.Client {
      override connect(callback?: unknown): never {
        const refuse = callback as (error: Error) => void;
        process.nextTick(() => refuse(Object.assign(new Error('no token'), { code: 'E_TOKEN' })));
        return undefined as never;
      }
    }
    shop.configure({ poolNames: () => 'no-token' });
    await expect(openPool({ Client: Refused } as pg.PoolConfig).query('SELECT 1')).rejects.toThrow(
      'no token',
    );
    const points = await shop.points('db.client.connection.wait_time', {
      'db.client.connection.pool.name': 'no-token',
      'error.type': 'E_TOKEN',
    });
    expect(points.map(({ count: values }) => values)).toEqual([1]);
  });
});

describe('a span that another library starts during the call of the pool', () => {
  const tracer = trace.getTracer('test');
  /** Like another instrumentation: the rest of the call runs in a separate span. */
  const inSpan = <Result>(name: string, run: () => Result): Result => {
    const span = tracer.startSpan(name);
    const result = context.with(trace.setSpan(context.active(), span), run);
    span.end();
    return result;
  };
  const parentOfFirstQuery = async (pool: pg.Pool) => {
    const span = tracer.startSpan('request');
    await context.with(trace.setSpan(context.active(), span), () => pool.query('SELECT 1'));
    span.end();
    return { parent: shop.queries()[0]?.parentSpanId, caller: span.spanContext().spanId };
  };

  it('in connect of the client is not the parent of the first query', async () => {
    class Traced extends pg.Client {
      // biome-ignore lint/suspicious/noExplicitAny: passes on what it gets
      override connect(...args: any[]): any {
        return inSpan('dial', () => super.connect(...(args as [])));
      }
    }
    const { parent, caller } = await parentOfFirstQuery(openPool({ Client: Traced } as pg.PoolConfig));
    expect(parent).toBe(caller);
    expect(acquires()[0]?.parentSpanId).toBe(caller);
  });

  it('in connect of the pool is not the parent of a query of the pool', async () => {
    class Traced extends pg.Pool {
      // biome-ignore lint/suspicious/noExplicitAny: passes on what it gets
      override connect(...args: any[]): any {
        return inSpan('checkout', () => super.connect(...(args as [])));
      }
    }
    const pool = new Traced({ connectionString: shop.server.url });
    pools.push(pool);
    const { parent, caller } = await parentOfFirstQuery(pool);
    expect(parent).toBe(caller);
  });
});
