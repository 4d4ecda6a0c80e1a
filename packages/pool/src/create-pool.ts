import { type EnvironmentVariables, type Load, planFromEnv } from '@pg-otel/pool-sizing';
import type { Pool as PgPoolClass, PoolConfig } from 'pg';
import { managePool } from './manage-pool';
import type { PoolOptions } from './options';
import { PoolOptionsError } from './options-error';
import { warn } from './warnings';

/** Options of {@link createPool}: those of `managePool`, and how the pool is made. */
export interface CreatePoolOptions<Pool extends object = PgPoolClass> extends PoolOptions {
  /** The class of the pool, such as `Pool` of `@neondatabase/serverless`. Default: `Pool` of `pg`. */
  readonly Pool?: (new (config: PoolConfig) => Pool) | undefined;
  /** Options of the pool. They replace the planned ones. */
  readonly pool?: PoolConfig | undefined;
  /** The load of the service, as for `planFromEnv`. Default: from the environment. */
  readonly load?: Load | undefined;
  /** Environment variables. Default `process.env`. */
  readonly env?: EnvironmentVariables | undefined;
}

/** The running pool measures what these warnings ask for. */
const MEASURED = ['load-unknown', 'use-time-guessed'];

/**
 * Creates a managed pool from the environment: `DATABASE_URL`, and the options that `planFromEnv` of
 * `@pg-otel/pool-sizing` plans. Warnings of the plan are process warnings.
 *
 * @returns a pool that starts with the planned size
 * @throws PoolOptionsError (a RangeError) for bad options, or when the package `pg` is not installed
 * @throws PlanInputError (a RangeError) of `@pg-otel/pool-sizing` for a bad variable
 * @example
 * const pool = createPool({ limits: { serverConnections: 100, processes: 4 } });
 */
export function createPool<Pool extends object = PgPoolClass>(options: CreatePoolOptions<Pool> = {}): Pool {
  const { Pool = pgPoolClass<Pool>(), pool: overrides = {}, load, env = process.env, ...managed } = options;
  const { max } = overrides;
  const plan = planFromEnv(env, {
    load,
    limits: { ...managed.limits, ...(max !== undefined && { overrides: { max } }) },
  });
  const warnings = plan.warnings.filter(({ code }) => !MEASURED.includes(code));
  if (warnings.length > 0) {
    warn('PG_OTEL_POOL_PLAN', warnings.map(({ message }) => message).join('; '));
  }
  const connectionString = env['DATABASE_URL'];
  const pool = new Pool({ ...(connectionString && { connectionString }), ...plan.pool, ...overrides });
  return managePool(pool, managed);
}

function pgPoolClass<Pool>(): new (config: PoolConfig) => Pool {
  try {
    return (require('pg') as typeof import('pg')).Pool as unknown as new (
      config: PoolConfig,
    ) => Pool;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new PoolOptionsError('Pool', 'must be a class of pools when the package pg is not installed');
  }
}
