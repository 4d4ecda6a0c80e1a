import { attachment } from '../../attachment';
import { now, seconds } from '../../clock';
import type { CloseReason } from '../../pool-state';
import { telemetry } from '../../telemetry';
import { clientState } from './client-state';
import type { PgClient, PgPool } from './pg';
import { SharedPool } from './shared-pool';

/** Why pg-pool is about to close a client. */
const closing = attachment<PgClient, CloseReason>();
/** Clients whose closing was reported. */
const closed = attachment<PgClient, true>();

/**
 * A client is released. A client without a checkout is released by pg-pool itself, not by a caller: pg-pool acquires
 * and releases clients of expired connections and of requests that have timed out (index.js, `_afterConnect`,
 * `_acquireClient`).
 */
export function released(pool: PgPool, client: PgClient, error: unknown): void {
  const state = clientState(client);
  const { checkout } = state;
  if (checkout !== undefined && state.pool !== undefined) {
    state.checkout = undefined;
    state.channels = undefined;
    state.poolWaitSeconds = undefined;
    state.pool.released(checkout);
    telemetry()?.connectionReleased(state.pool, seconds(now() - checkout.acquiredAt));
  }
  const reason = closeReasonAtRelease(pool, client, error);
  if (reason !== undefined) closing.set(client, reason);
}

/** Makes the same checks in the same order as pg-pool's `_release`, which increments the use count afterwards. */
function closeReasonAtRelease(pool: PgPool, client: PgClient, error: unknown): CloseReason | undefined {
  if (pool.ending === true) return 'end';
  if (error || client._queryable === false || client._ending === true) return 'error';
  const uses = ((client as { _poolUseCount?: number })._poolUseCount ?? 0) + 1;
  if (pool.options.maxUses !== undefined && uses >= pool.options.maxUses) return 'max_uses';
  // Without a limit of the lifetime, no look-up is needed.
  const { maxLifetimeSeconds } = pool.options;
  return maxLifetimeSeconds && pool._expired?.has(client) === true ? 'lifetime' : undefined;
}

/**
 * A connection was closed: after a release, because the pool ends, by the idle timeout, or because it was lost while idle.
 * pg-pool removes it again if it fails while it is being closed (index.js, `makeIdleListener`).
 */
export function removed(pool: PgPool, client: PgClient): void {
  const state = SharedPool.known(pool)?.state;
  if (state === undefined || closed.get(client) === true) return;
  closed.set(client, true);
  const reason =
    closing.get(client) ?? (pool.ending === true ? 'end' : client._queryable === false ? 'error' : 'idle');
  telemetry()?.connectionClosed(state, reason);
}
