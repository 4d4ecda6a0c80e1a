import { now } from '../../clock';
import { type CallersContext, callersContext } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import type { PgClient, PgPool } from './pg';

/** A call of `pool.query`, which requests a connection for its caller. */
export interface PoolQuery {
  readonly pool: PgPool;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  readonly context: CallersContext;
  /** The caller awaits a promise. The callback of the query is then one of pg-pool, which runs no code of the caller. */
  readonly isAwaited: boolean;
}

/** A call whose telemetry nothing consumes. */
export const UNOBSERVED = Symbol('unobserved');

/** Calls of `pool.query`: a request that is made within the call belongs to the caller of `pool.query`. */
export const poolQueries = new CallScope<PoolQuery | typeof UNOBSERVED>();

/** Deliveries to a `pool.query` that is awaited: the next query of the client is that of `pool.query`. */
export const awaitedDeliveries = new CallScope<PgClient>();

/**
 * Whether a query is that of a `pool.query` that is awaited, and its callback is one of pg-pool.
 *
 * @param query the patched method. A `query` of the application may have another callback
 */
export const isAwaitedQuery = (client: PgClient, query: Callback): boolean =>
  awaitedDeliveries.current === client && client.query === query;

/** The runtime's class of promises. An application may have replaced the global one (Bluebird, zone.js). */
const { constructor: RuntimePromise } = (async () => {})();

export function beginPoolQuery(
  to: Telemetry,
  pool: PgPool,
  values: unknown,
  callback: unknown,
): PoolQuery | typeof UNOBSERVED | undefined {
  try {
    const startedAt = now();
    if (!to.isObserved(startedAt)) return UNOBSERVED;
    return { pool, startedAt, context: callersContext(), isAwaited: isAwaited(pool, values, callback) };
  } catch (error) {
    logInternalError('pool.query', error);
    return undefined;
  }
}

/**
 * Whether the end of the query runs no code of the application in which its caller's context counts: no callback, no
 * listener, no `log` function, and no promise of a class that may call its handlers within `resolve`.
 */
function isAwaited(pool: PgPool, values: unknown, callback: unknown): boolean {
  if (callback || typeof values === 'function') return false;
  return pool.Promise === RuntimePromise && !pool.options?.log && !hasListeners(pool, 'release');
}

/** A test double may lack the method, and is assumed to have listeners. */
export const hasListeners = (pool: PgPool, event: string): boolean =>
  typeof pool.listenerCount !== 'function' || pool.listenerCount(event) > 0;
