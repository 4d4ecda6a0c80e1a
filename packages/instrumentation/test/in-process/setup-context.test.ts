import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import net from 'node:net';
import { context, trace } from '@opentelemetry/api';
import type { InstrumentationModuleDefinition } from '@opentelemetry/instrumentation';
import { DnsInstrumentation } from '@opentelemetry/instrumentation-dns';
import { NetInstrumentation } from '@opentelemetry/instrumentation-net';
import type { RecordedSpan } from '@pg-otel/testkit';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  shop = await startInstrumented();
});

beforeEach(() => shop.recorder.clear());

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
  expect(shop.recorder.openSpans()).toEqual([]);
});

afterAll(() => shop.stop());

const connection = (): pg.PoolConfig => ({
  host: shop.server.host,
  port: shop.server.port,
  user: shop.server.user,
  password: shop.server.password,
  database: 'shop',
});

const openPool = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ ...connection(), ...options });
  pools.push(pool);
  return pool;
};

const tracer = () => shop.recorder.tracerProvider.getTracer('application');

/** Runs in a separate span, which ends when the work is done. */
const request = <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
  const span = tracer().startSpan(name);
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
};

/** A token provider: asynchronous work in a separate span. */
const fetchToken = async (): Promise<string> => {
  const span = tracer().startSpan('token');
  await new Promise(setImmediate);
  span.end();
  return shop.server.password;
};

/** Names from the root of a span's trace to the span. */
function pathTo(span: RecordedSpan): string {
  const parent = shop.recorder.spans().find(({ spanId }) => spanId === span.parentSpanId);
  if (parent === undefined) return span.parentSpanId === undefined ? span.name : `(unknown) > ${span.name}`;
  return `${pathTo(parent)} > ${span.name}`;
}

const paths = (): string[] => shop.recorder.spans().map(pathTo).sort();

const setLockTimeout = (client: pg.ClientBase) => client.query("SET lock_timeout = '5s'");

/** Typed as pg-pool has it, which its types lag behind. */
const onConnect = (hook: (client: pg.ClientBase) => unknown) => ({ onConnect: hook }) as pg.PoolConfig;

describe('work during the setup of a connection is below its span', () => {
  it('when A holds the only connection and closes it while B waits', async () => {
    const pool = openPool({ max: 1, password: fetchToken, ...onConnect(setLockTimeout) });
    const held = await request('A', () => pool.connect());
    const waiting = request('B', () => pool.query('SELECT 1'));
    await request('A again', async () => held.release(true));
    await waiting;
    expect(paths()).toEqual([
      'A',
      'A > acquire shop',
      'A > acquire shop > connect shop',
      'A > acquire shop > connect shop > SET lock_timeout',
      'A > acquire shop > connect shop > token',
      'A again',
      'B',
      'B > SELECT',
      'B > acquire shop',
      'B > acquire shop > connect shop',
      'B > acquire shop > connect shop > SET lock_timeout',
      'B > acquire shop > connect shop > token',
    ]);
  });

  it('without a request around it: one trace, not one for each', async () => {
    const pool = openPool({ password: fetchToken, ...onConnect(setLockTimeout) });
    (await pool.connect()).release();
    expect(paths()).toEqual([
      'acquire shop',
      'acquire shop > connect shop',
      'acquire shop > connect shop > SET lock_timeout',
      'acquire shop > connect shop > token',
    ]);
  });

  it('in an asynchronous onConnect and in a connect listener, from the first statement to the last', async () => {
    const twice = async (client: pg.ClientBase): Promise<void> => {
      await setLockTimeout(client);
      await client.query('SET search_path = public');
    };
    const pool = openPool(onConnect(twice));
    const listened = new Promise<void>((resolve) => {
      pool.on('connect', (client) => void twice(client).then(resolve));
    });
    await request('A', async () => (await pool.connect()).release());
    await listened;
    expect(paths().filter((path) => path.includes('SET'))).toEqual(
      ['lock_timeout', 'lock_timeout', 'search_path', 'search_path'].map(
        (setting) => `A > acquire shop > connect shop > SET ${setting}`,
      ),
    );
  });

  it('for a separate client', async () => {
    const client = new pg.Client({ ...connection(), password: fetchToken });
    await request('A', () => client.connect());
    await client.end();
    expect(paths()).toEqual(['A', 'A > connect shop', 'A > connect shop > token']);
  });

  it('also in a client class that fetches its token before it connects', async () => {
    class Iam extends pg.Client {}
    const connect = pg.Client.prototype.connect as () => Promise<pg.Client>;
    Iam.prototype.connect = function (this: pg.Client, callback?: (error: unknown) => void) {
      const done = fetchToken().then(() => connect.call(this));
      if (callback === undefined) return done;
      done.then(() => callback(null), callback);
      return undefined;
    } as typeof pg.Client.prototype.connect;
    const pool = openPool({ max: 1, Client: Iam });
    const held = await request('A', () => pool.connect());
    const waiting = request('B', () => pool.query('SELECT 1'));
    await request('A again', async () => held.release(true));
    await waiting;
    expect(paths().filter((path) => path.startsWith('A again'))).toEqual(['A again']);
    expect(paths()).toContain('B > acquire shop > token');
    expect(paths()).toContain('B > acquire shop > connect shop');
  });

  it('in the spans of the standard dns and net instrumentations', async () => {
    const uninstall = [install(new DnsInstrumentation(), dns), install(new NetInstrumentation(), net)];
    try {
      const client = new pg.Client({ ...connection(), host: 'localhost' });
      await request('A', () => client.connect());
      await client.end();
      const alone = new pg.Client({ ...connection(), host: 'localhost' });
      await alone.connect();
      await alone.end();
    } finally {
      for (const off of uninstall) off();
    }
    const roots = shop.recorder.spans().filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots.map(({ name }) => name)).toEqual(['A', 'connect shop']);
    expect(paths()).toContain('A > connect shop > tcp.connect');
    expect(paths().some((path) => path.startsWith('A > connect shop > dns.lookup'))).toBe(true);
  });
});

/** Patches a module of Node's as the hooks of the instrumentation would, which jest replaces. */
function install(instrumentation: DnsInstrumentation | NetInstrumentation, module: object): () => void {
  instrumentation.setTracerProvider(shop.recorder.tracerProvider);
  const [definition] = (instrumentation as unknown as { init(): InstrumentationModuleDefinition[] }).init();
  definition?.patch?.(module, undefined);
  return () => definition?.unpatch?.(module, undefined);
}

describe('outside of the setup', () => {
  it('the callback of connect is its caller’s', async () => {
    const client = new pg.Client(connection());
    await request('A', () => {
      return new Promise<void>((resolve, reject) => {
        client.connect((error?: Error | null) => {
          if (error) reject(error);
          else client.query('SELECT 1').then(() => resolve(), reject);
        });
      });
    });
    await client.end();
    expect(paths()).toEqual(['A', 'A > SELECT', 'A > connect shop']);
  });

  it('a later notification is not part of it', async () => {
    const client = new pg.Client(connection());
    await client.connect();
    await client.query('LISTEN orders');
    const handled = new Promise((resolve, reject) => {
      client.on('notification', () => client.query('SELECT 2').then(resolve, reject));
    });
    await client.query("NOTIFY orders, 'one'");
    await handled;
    await client.end();
    expect(paths()).toContain('SELECT');
  });

  it('an acquire listener queries for the request that gets the connection', async () => {
    const pool = openPool({ max: 1 });
    const held = await request('A', () => pool.connect());
    pool.on('acquire', (client) => void client.query("SET app.tenant = '7'"));
    const waiting = request('B', () => pool.query('SELECT 1'));
    await request('A again', async () => held.release());
    await waiting;
    expect(paths()).toContain('B > acquire shop > SET app.tenant');
  });

  it('the application’s asynchronous storage works as uninstrumented', async () => {
    const storage = new AsyncLocalStorage<string>();
    const stores = async (): Promise<unknown[]> => {
      const seen: unknown[] = [];
      const note = (where: string) => seen.push([where, storage.getStore()]);
      const pool = new pg.Pool({
        ...connection(),
        max: 1,
        password: () => {
          note('password');
          return shop.server.password;
        },
        ...onConnect(() => note('onConnect')),
      });
      pool.on('connect', () => note('connect'));
      const held = await storage.run('A', () => pool.connect());
      const waiting = storage.run('B', () => pool.query('SELECT 1').then(() => note('result')));
      storage.run('A again', () => held.release(true));
      await waiting;
      await pool.end();
      return seen;
    };
    const instrumented = await stores();
    shop.instrumentation.disable();
    const uninstrumented = await stores();
    shop.instrumentation.enable();
    expect(instrumented).toEqual(uninstrumented);
    expect(instrumented).toContainEqual(['result', 'B']);
  });
});
