import { ManagedPool, type PoolManager } from './manager';
import { type PoolOptions, readOptions } from './options';
import { isPgPool, type PgPool, pgPool } from './pg-pool';
import { serverOf } from './server';
import { warn } from './warnings';

/** One for all copies of this package in a process, such as one in a bundle and one that pg-otel/register loads. */
const KEY = Symbol.for('pg-otel.pool.managers');
const shared = globalThis as { [KEY]?: WeakMap<object, ManagedPool> };

/** By the queue of the pool, which Proxies around the pool and objects derived from it share. */
const managers = shared[KEY] ?? new WeakMap<object, ManagedPool>();
shared[KEY] = managers;

/**
 * Keeps a pool healthy and well sized: checks idle connections, replaces lost ones, and adapts `pool.options.max` to the
 * load. The management ends with the pool, or by `poolManager(pool).stop()`. A pool that is managed already stays as it
 * is.
 *
 * @param pool a pool of `pg`, `pg-pool` or `@neondatabase/serverless`
 * @returns the same pool
 * @throws PoolOptionsError (a RangeError) for bad options, for a pool that has ended, and for an object of another library
 * @example
 * const pool = managePool(new Pool({ connectionString: process.env.DATABASE_URL }), { max: 30 });
 */
export function managePool<Pool extends object>(pool: Pool, options: PoolOptions = {}): Pool {
  const managed = pgPool(pool);
  const settings = readOptions(options, managed, serverOf(managed));
  const manager = managers.get(managed._pendingQueue);
  if (manager === undefined || manager.isStopped) {
    managers.set(managed._pendingQueue, new ManagedPool(managed, settings));
  } else if (Object.keys(options).length > 0) {
    warn(
      'PG_OTEL_POOL_MANAGED_TWICE',
      'managePool was called again for a pool that is managed already, with options that have no effect. ' +
        'Call poolManager(pool).stop() first to replace the options.',
    );
  }
  return pool;
}

/** Returns the manager of a pool; undefined for a pool that is not managed, or no longer. */
export function poolManager(pool: object): PoolManager | undefined {
  if (!isPgPool(pool)) return undefined;
  const manager = managers.get((pool as PgPool)._pendingQueue);
  return manager?.isStopped === true ? undefined : manager;
}
