import { Pool } from 'pg';
import { managePool, type PoolOptions, PoolOptionsError, poolManager } from '.';

const make = (config: object = {}) =>
  new Pool({ connectionString: 'postgres://app:secret@db.example/shop', ...config });

describe('bad options are errors that name setting, value and accepted values', () => {
  it.each<[string, unknown, string]>([
    ['min above max', { min: 9, max: 3 }, 'min must be at most max, which is 3, got 9'],
    ['no whole number', { max: 2.5 }, 'max must be a whole number from 1 to 10000, got 2.5'],
    ['a text', { min: '4' }, 'min must be a whole number from 1 to 10000, got a text of length 1'],
    ['no number', { min: Number.NaN }, 'min must be a whole number from 1 to 10000, got NaN'],
    ['an unknown mode', { mode: 'auto' }, 'mode must be one of "act", "advise", got a text of length 4'],
    ['an unknown option', { maximum: 4 }, 'maximum is not an option; there are min, max, '],
    [
      'an unknown option inside',
      { healthCheck: { interval: 4 } },
      'healthCheck.interval is not an option; there are intervalMillis, timeoutMillis',
    ],
    [
      'an interval that is too short',
      { healthCheck: { intervalMillis: 10 } },
      'healthCheck.intervalMillis must be a number from 1000 to 2147483647, got 10',
    ],
    ['true for checks', { healthCheck: true }, 'healthCheck must be an object or false, got true'],
    ['a number as switch', { scaleToZero: 1 }, 'scaleToZero must be one of true, false, got 1'],
    ['a text as switch', { fleet: 'yes' }, 'fleet must be one of true, false, got a text of length 3'],
    ['a number of retries', { retry: 3 }, 'retry must be true, false or an object, got 3'],
    [
      'an option of retry that is out of range',
      { retry: { maxAttempts: 0 } },
      'retry.maxAttempts must be a whole number from 1 to 100, got 0',
    ],
    [
      'idempotent requests, which a pool cannot know',
      { retry: { isIdempotent: true } },
      'retry.isIdempotent is not an option; there are maxAttempts, ',
    ],
    ['an empty name', { name: '' }, 'name must be a text that is not empty, got a text of length 0'],
    ['no object', 7, 'options must be an object, got 7'],
    [
      'a connection string, which is not repeated',
      { min: 'postgres://app:secret@db/shop' },
      'min must be a whole number from 1 to 10000, got a text of length 29',
    ],
    [
      'max above the share of the server',
      { max: 60, limits: { serverConnections: 100, processes: 2 } },
      "max must be at most 47, the share of the server's connections, got 60",
    ],
    [
      'min above the share of the server',
      { min: 4, max: 5, limits: { serverConnections: 13, processes: 4 } },
      "min must be at most 1, the share of the server's connections, got 4",
    ],
    [
      'more processes than connections',
      { limits: { serverConnections: 20, processes: 40 } },
      'limits.processes must be at most 17, the connections there are',
    ],
    [
      'an unknown limit',
      { limits: { cores: 4 } },
      'limits.cores is not an option; there are serverConnections, ',
    ],
  ])('%s', (_, options, message) => {
    const pool = make();
    const call = () => managePool(pool, options as PoolOptions);
    expect(call).toThrow(PoolOptionsError);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
    expect(poolManager(pool)).toBeUndefined();
    expect(pool.eventNames()).toEqual([]);
  });
});

it.each<[string, object]>([
  ['a number', { max: 'hunter2' }],
  ['a mode', { mode: 'hunter2' }],
  ['a switch', { fleet: 'hunter2' }],
  ['health checks', { healthCheck: 'hunter2' }],
  ['a limit', { limits: { serverConnections: 'hunter2' } }],
  ['a pooler', { limits: { pooler: 'hunter2' } }],
  ['a retry', { retry: 'hunter2' }],
  ['an option of retry', { retry: { budget: 'hunter2' } }],
])('a password in the place of %s is not in the message', (_, options) => {
  const pool = make();
  const call = () => managePool(pool, options as PoolOptions);
  expect(call).toThrow(/ must be .*, got a text of length 7$/);
  expect(call).not.toThrow(/hunter2/);
});

describe('pools that cannot be managed are errors', () => {
  it.each<[string, () => object | undefined, string]>([
    ['another library', () => new Map(), 'got an object of class Map'],
    ['a plain object', () => ({ connect() {}, query() {}, end() {} }), 'got an object'],
    ['nothing', () => undefined, 'got undefined'],
  ])('%s', (_, object, got) => {
    const call = () => managePool(object() as object);
    expect(call).toThrow(PoolOptionsError);
    expect(call).toThrow(`pool must be a Pool of pg, pg-pool or @neondatabase/serverless, ${got}`);
  });

  it('a pool that has ended', async () => {
    const pool = make();
    await pool.end();
    expect(() => managePool(pool)).toThrow('got one whose end() was called');
  });
});

describe('defaults', () => {
  it.each([
    [{ max: 10 }, {}, { least: 2, most: 30, share: undefined }],
    [{ max: 1 }, {}, { least: 1, most: 30, share: undefined }],
    [{ max: 50 }, {}, { least: 2, most: 50, share: undefined }],
    [{ max: 10 }, { max: 1 }, { least: 1, most: 1, share: undefined }],
    [{ max: 10 }, { limits: { serverConnections: 50, processes: 4 } }, { least: 2, most: 10, share: 10 }],
  ])('a pool of %j with %j has the bounds %j', async (config, options, bounds) => {
    const pool = managePool(make(config), options);
    expect(poolManager(pool)?.size).toMatchObject(bounds);
    await pool.end();
  });
});

it.each<[string, PoolOptions]>([
  ['fleet: false', { fleet: false }],
  ['mode: advise', { mode: 'advise' }],
  ['healthCheck: false', { healthCheck: false }],
])('leaves the name of connections as it is with %s', (_, options) => {
  const pool = managePool(make({ application_name: 'shop' }), options);
  expect((pool.options as { application_name?: string }).application_name).toBe('shop');
  poolManager(pool)?.stop();
});
