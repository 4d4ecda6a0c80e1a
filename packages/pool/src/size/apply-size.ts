import type { PgClient, PgPool } from '../pg-pool';

/** Pools whose surplus connections are removed at their release. */
const shedding = new WeakSet<PgPool>();

/**
 * Sets `pool.options.max`. After an increase, waiting requests are served at once; pg-pool alone would serve them at the
 * next release. After a decrease, surplus idle connections are removed at once, and checked-out ones when they are
 * released.
 */
export function applySize(pool: PgPool, max: number): void {
  pool.options.max = max;
  serveWaiting(pool);
  removeSurplusIdle(pool);
  if (isAboveMax(pool)) removeAtRelease(pool);
}

function serveWaiting(pool: PgPool): void {
  let waiting = pool._pendingQueue.length;
  while (waiting > 0 && (pool._idle.length > 0 || !pool._isFull())) {
    pool._pulseQueue();
    // A pool that ends serves nobody.
    if (pool._pendingQueue.length >= waiting) return;
    waiting = pool._pendingQueue.length;
  }
}

function removeSurplusIdle(pool: PgPool): void {
  // The first has been idle for longest. pg-pool removes the client from its lists before `_remove` returns.
  for (const { client } of pool._idle.slice(0, Math.max(0, pool.totalCount - pool.options.max))) {
    pool._remove(client);
  }
}

function removeAtRelease(pool: PgPool): void {
  if (shedding.has(pool)) return;
  shedding.add(pool);
  const onRelease = (error: unknown, client: PgClient) => {
    if (!isAboveMax(pool)) {
      shedding.delete(pool);
      pool.off('release', onRelease);
    } else if (!error) {
      // A connection that is released with an error is removed in any case.
      expire(pool, client);
    }
  };
  pool.on('release', onRelease);
}

function isAboveMax(pool: PgPool): boolean {
  return pool.totalCount > pool.options.max;
}

/**
 * pg-pool removes an expired connection in `_release`, after the event and before a waiting request gets it (pg-pool
 * index.js; the mechanism of `maxLifetimeSeconds`, since pg-pool 3.5).
 */
function expire(pool: PgPool, client: PgClient): void {
  if (pool._expired !== undefined) pool._expired.add(client);
  else queueMicrotask(() => removeSurplusIdle(pool));
}
