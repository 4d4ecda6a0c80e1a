import { now } from '../../clock';
import { addCopy } from '../../copies';
import { POOL_ENDED } from '../../error-class';
import type { AcquireOperation } from '../../operation';
import { type Telemetry, telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { Opening, openings } from './opening';
import type { PgClient, PgPool, PoolClass } from './pg';
import { calledBack, delivered, promised } from './pool-delivery';
import { thisCopy } from './pool-identity';
import { beginPoolQuery, hasListeners, type PoolQuery, poolQueries, UNOBSERVED } from './pool-query';
import { released, removed } from './pool-release';
import { PoolRequest, RequestStamp } from './pool-request';
import { SharedPool } from './shared-pool';

/** Calls of `pool.connect`: a connection that is opened within the call is opened for its request. */
const connectCalls = new CallScope<PoolRequest>();

/** Patches pg-pool's own methods to follow requests and connections. Numbers are read from the pool; events are not counted. */
export function patchPool(Pool: PoolClass, patchClient?: (Client: unknown) => void): void {
  addCopy(thisCopy);
  const prototype = Pool.prototype as PgPool &
    Record<
      'connect' | 'query' | 'newClient' | '_acquireClient' | '_release' | '_remove' | '_pulseQueue' | 'end',
      Callback
    >;

  replaceMethod(prototype, 'query', (original) => {
    return function query(this: PgPool, _text: unknown, values: unknown, callback: unknown): unknown {
      const to = telemetry();
      if (to === undefined) return Reflect.apply(original, this, arguments);
      const outer = poolQueries.enter(beginPoolQuery(to, this, values, callback));
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        poolQueries.leave(outer);
      }
    };
  });

  replaceMethod(prototype, 'connect', (original) => {
    return function connect(this: PgPool, callback?: Callback): unknown {
      const to = telemetry();
      // Not that of a request which a subscriber of our channels makes within this call.
      const current = poolQueries.take();
      const isCallable = !callback || typeof callback === 'function';
      const request =
        to === undefined || current === UNOBSERVED || !isCallable
          ? undefined
          : beginRequest(to, this, current, connect);
      if (request === undefined) return Reflect.apply(original, this, arguments);
      const queuedBefore = queueLength(this);
      const outer = connectCalls.enter(request);
      let result: unknown;
      try {
        result = callback
          ? Reflect.apply(original, this, withFirst(calledBack(request, callback), arguments))
          : Reflect.apply(original, this, arguments);
      } catch (error) {
        delivered(request, error);
        throw error;
      } finally {
        connectCalls.leave(outer);
      }
      queued(request, queuedBefore);
      return callback ? result : promised(request, result);
    };
  });

  replaceMethod(prototype, 'newClient', (original) => {
    return function newClient(this: PgPool, item: object): unknown {
      const to = telemetry();
      const opening = to && guarded('pool.newClient', () => beginOpening(to, this, item));
      if (opening === undefined) return Reflect.apply(original, this, arguments);
      if (patchClient !== undefined) guarded('pool.newClient', () => patchClient(this.Client));
      const outer = openings.enter(opening);
      try {
        return inContextOf(opening.request, original, this, arguments);
      } finally {
        openings.leave(outer);
        guarded('pool.newClient', () => opening.returned());
      }
    };
  });

  // The pool delivers an idle connection while another caller releases it, and `acquire` listeners may send queries.
  replaceMethod(prototype, '_acquireClient', (original) => {
    return function _acquireClient(
      this: PgPool,
      client: PgClient,
      item: object,
      idleListener: unknown,
      isNew: unknown,
    ): unknown {
      const operation = isNew === true ? undefined : acquireWithListeners(this, item);
      return operation === undefined
        ? Reflect.apply(original, this, arguments)
        : operation.inOwnContext(original, this, [client, item, idleListener, isNew]);
    };
  });

  replaceMethod(prototype, '_release', (original) => {
    return function _release(
      this: PgPool,
      client: PgClient,
      _idleListener: unknown,
      error: unknown,
    ): unknown {
      try {
        released(this, client, error);
      } catch (failure) {
        logInternalError('pool release', failure);
      }
      return Reflect.apply(original, this, arguments);
    };
  });

  replaceMethod(prototype, '_remove', (original) => {
    return function _remove(this: PgPool, client: PgClient): unknown {
      guarded('pool removal', () => removed(this, client));
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        noteChange(this);
      }
    };
  });

  // pg-pool calls this right after it has removed a connection that could not be opened.
  replaceMethod(prototype, '_pulseQueue', (original) => {
    return function _pulseQueue(this: PgPool): unknown {
      noteChange(this);
      return Reflect.apply(original, this, arguments);
    };
  });

  replaceMethod(prototype, 'end', (original) => {
    return function end(this: PgPool): unknown {
      const isFirst = guarded('pool end', () => this.ending !== true);
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        // Also when a callback of the application has thrown within the call.
        if (isFirst) guarded('pool end', () => followEnd(this));
      }
    };
  });
}

/** The arguments of a call with another first one. Called for each query: V8 takes a microsecond to spread `arguments`. */
function withFirst(first: unknown, args: IArguments): unknown[] {
  const changed = [first];
  for (let index = 1; index < args.length; index += 1) changed.push(args[index]);
  return changed;
}

/** Runs the pool's work for a request in the context of that request, although another caller may have triggered it. */
function inContextOf(
  request: PoolRequest | undefined,
  work: Callback,
  self: PgPool,
  args: IArguments,
): unknown {
  const operation = request?.operation;
  return operation === undefined ? Reflect.apply(work, self, args) : operation.inOwnContext(work, self, args);
}

function noteChange(pool: PgPool): void {
  try {
    SharedPool.known(pool)?.changed(pool);
  } catch (error) {
    logInternalError('pool removal', error);
  }
}

/** pg-pool keeps the callback of `end` (for a promise, a callback that it creates) and calls it when the last connection is closed. */
function followEnd(pool: PgPool): void {
  const shared = SharedPool.known(pool);
  const state = shared?.state;
  if (state === undefined) return;
  const ended = (): void => {
    shared?.changed(pool);
    // `end` of a derived object does not end the pool.
    if (state.read() !== undefined) return;
    state.ended(new Error(POOL_ENDED));
    // A request that an idle connection was about to serve is in the pool's queue, but not in the `PoolState`.
    for (const item of pool._pendingQueue) RequestStamp.get(item)?.operation?.failed(new Error(POOL_ENDED));
    telemetry()?.poolEnded(state);
  };
  if (pool.ended === true) {
    ended();
    return;
  }
  const callback = pool._endCallback;
  if (typeof callback !== 'function') return;
  pool._endCallback = function (this: unknown, ...args: unknown[]): unknown {
    guarded('pool end', ended);
    return Reflect.apply(callback, this, args);
  };
}

/** `undefined` for a pool of another shape than pg-pool's, and when nothing consumes the telemetry of requests. */
function beginRequest(
  to: Telemetry,
  pool: PgPool,
  call: PoolQuery | undefined,
  connect: Callback,
): PoolRequest | undefined {
  try {
    if (!SharedPool.isKnowable(pool)) return undefined;
    const query = call !== undefined && call.pool._pendingQueue === pool._pendingQueue ? call : undefined;
    // The caller of `pool.query` waits from that call on, which is observed.
    if (query !== undefined) return new PoolRequest(to, pool, query.startedAt, query, connect);
    const startedAt = now();
    return to.isObserved(startedAt) ? new PoolRequest(to, pool, startedAt, undefined, connect) : undefined;
  } catch (error) {
    logInternalError('pool.connect', error);
    return undefined;
  }
}

function beginOpening(to: Telemetry, pool: PgPool, item: object): Opening | undefined {
  return SharedPool.isKnowable(pool)
    ? new Opening(to, pool, RequestStamp.get(item) ?? connectCalls.current)
    : undefined;
}

function queueLength(pool: PgPool): number {
  try {
    return pool._pendingQueue.length;
  } catch (error) {
    logInternalError('pool.connect', error);
    return Number.POSITIVE_INFINITY;
  }
}

/** The call has returned: notes which item of the queue belongs to the request, if it was added to the queue. */
function queued(request: PoolRequest, queuedBefore: number): void {
  try {
    const { _pendingQueue: queue } = request.pool;
    const item = queue.length > queuedBefore ? queue[queue.length - 1] : undefined;
    if (item !== undefined) RequestStamp.set(item, request);
  } catch (error) {
    logInternalError('pool.connect', error);
  }
}

/** The operation of a request that an idle connection serves, if `acquire` listeners run during its delivery. */
function acquireWithListeners(pool: PgPool, item: object): AcquireOperation | undefined {
  try {
    return hasListeners(pool, 'acquire') ? RequestStamp.get(item)?.operation : undefined;
  } catch (error) {
    logInternalError('pool acquire', error);
    return undefined;
  }
}
