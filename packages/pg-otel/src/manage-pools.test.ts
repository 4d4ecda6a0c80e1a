type ManagePools = typeof import('./manage-pools');

const POOL = '@pg-otel/pool';
const environment = { ...process.env };
let warnings: { code: string; message: string }[];

beforeEach(() => {
  jest.resetModules();
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation(((message: string, { code }: { code: string }) => {
    warnings.push({ code, message });
  }) as never);
});
afterEach(() => {
  process.env = { ...environment };
  jest.restoreAllMocks();
});

/** Starts with the variable set to a value; `open` opens the first connection of a pool. */
function start(value: string | undefined, poolPackage: () => object) {
  delete process.env['PG_OTEL_MANAGE_POOLS'];
  if (value !== undefined) process.env['PG_OTEL_MANAGE_POOLS'] = value;
  const load = jest.fn(poolPackage);
  const listeners: ((pool: object) => void)[] = [];
  jest.doMock(POOL, load);
  jest.doMock('@pg-otel/instrumentation/pools', () => ({
    onPool: (listener: (pool: object) => void) => void listeners.push(listener),
  }));
  const { managePools, managesPools }: ManagePools = require('./manage-pools');
  managePools();
  managePools();
  return {
    load,
    managesPools,
    open(pool: object) {
      for (const listener of listeners) listener(pool);
    },
  };
}

function recordingPackage(managed: ReadonlyMap<object, object> = new Map()) {
  const managePool = jest.fn();
  return { managePool, poolManager: (pool: object) => managed.get(pool) };
}

it.each(['act', 'advise'])('manages each pool of the process in mode %s', (mode) => {
  const pools = recordingPackage();
  const { open, managesPools } = start(mode, () => pools);
  const [first, second] = [{}, {}];
  open(first);
  open(second);
  expect(pools.managePool.mock.calls).toEqual([
    [first, { mode }],
    [second, { mode }],
  ]);
  expect(managesPools()).toBe(true);
  expect(warnings).toEqual([]);
});

it.each([undefined, '', ' '])('loads nothing when the variable is %p', (value) => {
  const { load, managesPools } = start(value, () => recordingPackage());
  expect(load).not.toHaveBeenCalled();
  expect(managesPools()).toBe(false);
  expect(warnings).toEqual([]);
});

it('leaves a pool alone that the application manages with its own options', () => {
  const pool = {};
  const pools = recordingPackage(new Map([[pool, {}]]));
  const { open } = start('act', () => pools);
  open(pool);
  expect(pools.managePool).not.toHaveBeenCalled();
});

it('warns once of a value that is not accepted, and manages nothing', () => {
  const { load } = start('on', () => recordingPackage());
  expect(load).not.toHaveBeenCalled();
  expect(warnings).toEqual([
    {
      code: 'PG_OTEL_SETTING',
      message: 'PG_OTEL_MANAGE_POOLS must be one of advise, act, got "on" (from the environment)',
    },
  ]);
});

it('warns once when the package is not installed, with the command that installs it', () => {
  const { managesPools } = start('act', () => {
    throw Object.assign(new Error(`Cannot find module '${POOL}'`), { code: 'MODULE_NOT_FOUND' });
  });
  expect(warnings).toEqual([
    {
      code: 'PG_OTEL_POOLS_NOT_MANAGED',
      message:
        'PG_OTEL_MANAGE_POOLS=act (from the environment) has no effect: @pg-otel/pool is not installed. ' +
        'Install it in the application (npm install @pg-otel/pool), and keep it out of a bundle',
    },
  ]);
  expect(managesPools()).toBe(false);
});

it.each([
  ['SyntaxError', new SyntaxError('Unexpected token')],
  [
    'MODULE_NOT_FOUND',
    Object.assign(new Error(`Cannot find module 'cockatiel'\n- /app/node_modules/${POOL}/dist/index.js`), {
      code: 'MODULE_NOT_FOUND',
    }),
  ],
])('warns when the package cannot be loaded: %s', (reason, error) => {
  start('act', () => {
    throw error;
  });
  expect(warnings).toEqual([
    {
      code: 'PG_OTEL_POOLS_NOT_MANAGED',
      message: expect.stringContaining(`@pg-otel/pool cannot be loaded: ${reason}`),
    },
  ]);
});

it('warns of a pool that cannot be managed, without the message of an unknown error', () => {
  const pools = recordingPackage();
  const { open } = start('act', () => pools);
  pools.managePool.mockImplementationOnce(() => {
    throw new RangeError('max must be a whole number, got 0');
  });
  open({});
  pools.managePool.mockImplementationOnce(() => {
    throw new TypeError('postgres://app:hunter2@db/shop');
  });
  open({});
  expect(warnings.map(({ message }) => message)).toEqual([
    'PG_OTEL_MANAGE_POOLS=act: a pool is not managed: max must be a whole number, got 0',
    'PG_OTEL_MANAGE_POOLS=act: a pool is not managed: TypeError',
  ]);
});
