import { AsyncResource } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { isPromise } from '../is-promise';
import type { PgPool } from '../pg-pool';
import { pause } from '../timers';
import { RetryBudget } from './budget';
import { isUnsentStatement, isWithoutConnection } from './failures';
import { type RetryOptions, retrySettings } from './options';
import { type RetryAttempt, type RetryRules, repeat } from './repeat';
import { errorWithin } from './wrapped-errors';

type Callback = (...results: unknown[]) => void;
type Method = (...args: unknown[]) => unknown;

/**
 * Repeats what has certainly not reached the server: attempts of `pool.connect` to obtain a connection, also those of
 * `pool.query`, and statements that a pooler has refused without sending them. A statement that may have run is never
 * repeated. The first attempt is an ordinary call of the method.
 *
 * A request that waits for its next attempt when `pool.end` is called makes it at once, and fails by the error of the
 * pool.
 *
 * @param onAttempt called for each attempt that is repeated, has recovered or gave up, in the context of the caller
 * @returns a function that removes the replaced methods; attempts that wait are still repeated
 * @throws PoolOptionsError for bad options
 */
export function retryPoolMethods(
  pool: PgPool,
  options: RetryOptions,
  onAttempt: (attempt: RetryAttempt) => void,
): () => void {
  const settings = retrySettings(options);
  const ended = new AbortController();
  // One for each request that waits.
  setMaxListeners(0, ended.signal);
  const wait = (millis: number) => pause(millis, ended.signal);
  const rules = { settings, budget: new RetryBudget(), onAttempt, wait };
  /** `pool.query` obtains its connection by `this.connect`, which has already repeated what it could. */
  const ofConnect = new WeakSet<object>();
  const ofConnections: RetryRules = {
    ...rules,
    isRepeatable: (error) => {
      if (typeof error === 'object' && error !== null) ofConnect.add(error);
      return !pool.ending && isWithoutConnection(error);
    },
  };
  const ofStatements: RetryRules = {
    ...rules,
    isRepeatable: (error) => isUnsentStatement(error) && !ofConnect.has(error as object),
  };

  const restore = [
    replace(pool, 'connect', (call) => {
      rules.budget.add(settings.budget);
      return repeated(call, ofConnections);
    }),
    replace(pool, 'query', (call) => repeated(call, ofStatements)),
    replace(pool, 'end', (call) => {
      const result = run(call);
      ended.abort();
      return result;
    }),
  ];
  return () => {
    for (const one of restore) one();
  };
}

/** A call of the application. */
interface Call {
  readonly method: () => Method;
  readonly pool: unknown;
  /** Its arguments. Each attempt puts its own callback into them. */
  readonly args: unknown[];
}

const run = ({ method, pool, args }: Call): unknown => Reflect.apply(method(), pool, args);

/** @returns a function that restores the method */
function replace(
  pool: PgPool,
  name: 'connect' | 'query' | 'end',
  onCall: (call: Call) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(pool, name);
  const prototype = Object.getPrototypeOf(pool) as Pick<PgPool, typeof name>;
  /** An inherited method is looked up at each call: the instrumentation may patch it later. */
  const method = () => (own?.value ?? prototype[name]) as Method;

  function replacement(this: unknown, ...args: unknown[]): unknown {
    return onCall({ method, pool: this, args });
  }

  Object.defineProperty(pool, name, {
    value: Object.defineProperty(replacement, 'name', { value: name }),
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return () => {
    // The application may have replaced the method after us, by one that calls ours.
    // A Proxy may return another function each time.
    if (Object.getOwnPropertyDescriptor(pool, name)?.value !== replacement) return;
    if (own === undefined) delete (pool as Partial<PgPool>)[name];
    else Object.defineProperty(pool, name, own);
  };
}

function repeated(call: Call, rules: RetryRules): unknown {
  if (isSubmittable(call.args[0])) return run(call);
  const callback = call.args.findLastIndex((argument) => typeof argument === 'function');
  return callback === -1 ? repeatPromise(call, rules) : repeatCallback(call, callback, rules);
}

function repeatPromise(call: Call, rules: RetryRules): unknown {
  const start = performance.now();
  const result = run(call);
  if (!isPromise(result)) return result;
  return result.then(undefined, (error: unknown) => repeatFailed(error, start, async () => run(call), rules));
}

/**
 * Calls the callback of the application within the call of pg-pool that has succeeded: a checked-out connection has no
 * listener for errors until the application adds one, and an error that the callback throws arrives where it would
 * without retry.
 */
function repeatCallback(call: Call, index: number, rules: RetryRules): unknown {
  const start = performance.now();
  // pg-pool calls back in the context of another request, the one that returned the connection.
  const caller = new AsyncResource('pg-otel.retry');
  const { args } = call;
  const callback = args[index] as Callback;
  const again = () =>
    new Promise<void>((resolve, reject) => {
      args[index] = (error: unknown, ...results: unknown[]) => {
        if (error) return reject(error);
        resolve();
        callback(error, ...results);
      };
      run(call);
    });

  args[index] = (error: unknown, ...results: unknown[]) => {
    if (!error || errorWithin(error, rules.isRepeatable) === undefined) return callback(error, ...results);
    const repeated = caller.runInAsyncScope(() => repeatFailed(error, start, again, rules));
    // Outside the promise, so that an error of the callback is an uncaught exception, as it is without retry.
    repeated.catch((lastError) => process.nextTick(callback, lastError, ...results));
  };
  return run(call);
}

/** Goes on after a first attempt that has failed. */
function repeatFailed<Result>(
  error: unknown,
  start: number,
  again: () => Promise<Result>,
  rules: RetryRules,
): Promise<Result> {
  return repeat((attempt) => (attempt === 1 ? Promise.reject(error) : again()), rules, start);
}

/** A query object, cursor or stream: the driver writes its state into it, so it can be run only once. */
function isSubmittable(value: unknown): boolean {
  return typeof (value as { submit?: unknown } | null | undefined)?.submit === 'function';
}
