import { Pool as NeonPool } from '@neondatabase/serverless';
import { Pool } from 'pg';
import { type CreatePoolOptions, createPool, PoolOptionsError, poolManager } from '.';

const created: { end(): Promise<void> }[] = [];
afterEach(() => Promise.all(created.splice(0).map((pool) => pool.end())));

function create(options: CreatePoolOptions): Pool {
  const pool = createPool(options);
  created.push(pool);
  return pool;
}

const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://app:secret@db.example/shop' };

it('a pool has the planned options, and is managed', () => {
  const pool = create({ env: { ...env, PEAK_RPS: '400' } });
  expect(pool).toBeInstanceOf(Pool);
  expect(pool.options).toMatchObject({
    connectionString: env.DATABASE_URL,
    max: 26,
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: 1_800,
  });
  expect(poolManager(pool)?.size).toMatchObject({ max: 26, least: 2, most: 30, decidedBy: 'act' });
});

it('the options of the application replace the planned ones, and bound the size', () => {
  const pool = create({ env, pool: { max: 12, keepAlive: false }, max: 40, min: 3, mode: 'advise' });
  expect(pool.options).toMatchObject({ max: 12, keepAlive: false, min: 2 });
  expect(poolManager(pool)?.size).toMatchObject({ least: 3, most: 40, decidedBy: 'advise' });
});

it('a pool has the class that was given', () => {
  const pool = createPool({
    Pool: NeonPool,
    env: { ...env, DATABASE_URL: 'postgres://a:b@x.neon.tech/shop' },
  });
  created.push(pool);
  expect(pool).toBeInstanceOf(NeonPool);
});

it('a bad variable or option is an error that names it', () => {
  expect(() => createPool({ env: { ...env, PEAK_RPS: 'many' } })).toThrow('PEAK_RPS must be');
  expect(() => createPool({ env, min: 9, max: 3 })).toThrow(PoolOptionsError);
  expect(() => createPool({ env, limits: { serverConnections: 100, processes: 200 } })).toThrow(
    'limits.processes must be',
  );
});

it('warnings of the plan that the pool cannot measure are process warnings', () => {
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  create({ env: { ...env, PEAK_RPS: '5000' } });
  expect(emitWarning.mock.calls).toEqual([
    [expect.stringContaining('needs 313, has 30'), { type: 'PgOtelWarning', code: 'PG_OTEL_POOL_PLAN' }],
  ]);
  emitWarning.mockRestore();
});
