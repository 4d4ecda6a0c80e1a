import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { diag } from '@opentelemetry/api';
import pg from 'pg';
import { errorType, onPool, poolIdentity, unobserved } from '../../src/pools';
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
});

afterAll(() => shop.stop());

const openPool = (options: pg.PoolConfig = {}): pg.Pool => {
  const pool = new pg.Pool({ connectionString: shop.server.url, ...options });
  pools.push(pool);
  return pool;
};

const durations = async (): Promise<number> => {
  const points = await shop.points('db.client.operation.duration');
  return points.reduce((sum, { count }) => sum + (count ?? 0), 0);
};

describe('the identity of a pool', () => {
  it('is the one of its metrics, from the first connection on', async () => {
    shop.configure({ poolNames: () => 'orders' });
    const pool = openPool();
    expect(poolIdentity(pool)).toBeUndefined();

    await pool.query('SELECT 1');
    const identity = {
      poolName: 'orders',
      serverAddress: shop.server.host,
      serverPort: shop.server.port,
      namespace: 'shop',
    };
    expect(poolIdentity(pool)).toEqual(identity);
    expect(poolIdentity(new Proxy(pool, {}))).toEqual(identity);
    expect(poolIdentity(Object.create(pool))).toEqual(identity);
  });

  it.each([
    ['an object', {}],
    ['a list', []],
    ['an object with a queue of another kind', { _pendingQueue: 1 }],
    ['a client', new pg.Client()],
  ])('is unknown for %s', (_name, other) => {
    const error = jest.spyOn(diag, 'error');
    expect(poolIdentity(other)).toBeUndefined();
    expect(error).not.toHaveBeenCalled();
  });
});

describe('unobserved', () => {
  it('reports no span, no duration and no event of a query that starts in it', async () => {
    const pool = openPool();
    const client = await pool.connect();
    const before = await durations();
    shop.recorder.clear();
    await expect(unobserved(() => client.query('SELECT 1 AS one'))).resolves.toMatchObject({
      rows: [{ one: 1 }],
    });
    await expect(unobserved(() => client.query('SELECT wrong'))).rejects.toMatchObject({ code: '42703' });
    const calledBack = new Promise((resolve) =>
      unobserved(() => client.query('SELECT 1', (_error: unknown, result: unknown) => resolve(result))),
    );
    await expect(calledBack).resolves.toMatchObject({ rowCount: 1 });
    expect(shop.queries()).toEqual([]);
    expect(shop.recorder.events()).toEqual([]);
    expect(await durations()).toBe(before);

    await client.query('SELECT 2');
    client.release();
    expect(shop.queries()).toHaveLength(1);
    expect(await durations()).toBe(before + 1);
  });

  it('reports again after a function that throws', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    expect(() => unobserved(broken)).toThrow('broken');
    await openPool().query('SELECT 1');
    expect(shop.queries()).toHaveLength(1);
  });
});

describe('onPool', () => {
  it('gets each pool once, when it opens its first connection', async () => {
    const seen: object[] = [];
    const stop = onPool((pool) => seen.push(pool));
    const [first, second] = [openPool(), openPool()];
    expect(seen).toEqual([]);
    await first.query('SELECT 1');
    await Object.create(second).query('SELECT 1');
    await Promise.all([first.query('SELECT 1'), first.query('SELECT 1'), second.query('SELECT 1')]);
    expect(seen).toEqual([first, second]);
    expect(seen[1]).toBe(second);

    stop();
    await openPool().query('SELECT 1');
    expect(seen).toHaveLength(2);
  });

  it('knows the identity of the pool then', async () => {
    const names: unknown[] = [];
    const stop = onPool((pool) => names.push(poolIdentity(pool)?.namespace));
    await openPool().query('SELECT 1');
    stop();
    expect(names).toEqual(['shop']);
  });

  it('keeps an error of the listener away from the request', async () => {
    const error = jest.spyOn(diag, 'error').mockImplementation();
    const stop = onPool(() => {
      throw new Error('of the listener');
    });
    await expect(openPool().query('SELECT 1')).resolves.toBeDefined();
    stop();
    expect(error).toHaveBeenCalledWith(expect.stringContaining('a listener of pools'));
  });
});

describe('another copy of the package, as in a bundle,', () => {
  const copy = (): typeof import('../../src/pools') => {
    let pools: typeof import('../../src/pools') | undefined;
    jest.isolateModules(() => {
      pools = require('../../src/pools');
    });
    return pools as typeof import('../../src/pools');
  };

  it('knows the identity of a pool, sees new pools, and has its operations unobserved', async () => {
    const other = copy();
    expect(other.poolIdentity).not.toBe(poolIdentity);
    const seen: object[] = [];
    const stop = other.onPool((pool) => seen.push(pool));
    const pool = openPool();
    const client = await pool.connect();
    stop();
    shop.recorder.clear();
    await other.unobserved(() => client.query('SELECT 1'));
    client.release();
    expect(seen).toEqual([pool]);
    expect(other.poolIdentity(pool)).toEqual(poolIdentity(pool));
    expect(shop.queries()).toEqual([]);
  });
});

it('classifies an error as telemetry does', () => {
  expect(errorType(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
  expect(errorType(new Error('Connection terminated unexpectedly'))).toBe('connection_terminated');
  expect(errorType(undefined)).toBe('undefined');
});

it.each(['pools', 'channels'])(
  'loads nothing of OpenTelemetry with @pg-otel/instrumentation/%s',
  (subpath) => {
    const program = `require('@pg-otel/instrumentation/${subpath}'); console.log(Object.keys(require.cache).join('\\n'))`;
    const loaded = execFileSync(process.execPath, ['-e', program], {
      cwd: path.join(__dirname, '../..'),
      encoding: 'utf8',
    });
    expect(loaded).toContain(`${subpath}.js`);
    expect(loaded).not.toMatch(/opentelemetry/);
  },
);
