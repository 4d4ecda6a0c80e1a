import type { PoolIdentity } from './channels';
import { copies, poolListeners } from './copies';
import { classifyError } from './error-class';

export type { PoolIdentity } from './channels';

/**
 * Returns the name, server and database under which the instrumentation reports a pool.
 *
 * @param pool a pool, or a Proxy or derived object around it
 * @returns `undefined` when the instrumentation does not report the pool, or not yet: it is known from its first
 *   connection on
 */
export function poolIdentity(pool: object): PoolIdentity | undefined {
  for (const copy of copies()) {
    const identity = copy.identityOf(pool);
    if (identity !== undefined) return identity;
  }
  return undefined;
}

/**
 * Runs a function whose operations are not reported: no span, no metric and no event. It applies to operations that start
 * before the function returns, such as `client.query()`, also when they end later. Without the instrumentation, it only
 * runs the function.
 *
 * @returns the result of the function
 * @throws the error of the function
 * @example
 * await unobserved(() => client.query('SELECT 1'));
 */
export function unobserved<Result>(call: () => Result): Result {
  return copies().reduceRight<() => Result>((inner, copy) => () => copy.unobserved(inner), call)();
}

/**
 * Calls a function with each pool of the process when the pool opens its first connection. Pools that the instrumentation
 * does not patch are not seen, nor are pools that it has reported before this call. An error of the function is logged to
 * the diagnostic log.
 *
 * @param listener called within the application's call of `pool.connect` or `pool.query`, so it must return quickly
 * @returns a function that ends the calls
 */
export function onPool(listener: (pool: object) => void): () => void {
  poolListeners().add(listener);
  return () => void poolListeners().delete(listener);
}

/**
 * Returns `error.type` of a driver's error, as telemetry reports it: the SQLSTATE, otherwise the code of the client's
 * error, otherwise its class name. It never contains user data, and never throws.
 */
export function errorType(error: unknown): string {
  return classifyError(error).type;
}
