import { attachment } from '../../attachment';
import { now } from '../../clock';
import { addCopy } from '../../copies';
import { POOL_ENDED } from '../../error-class';
import { type CallersContext, callersContext } from '../../operation';
import { type Telemetry, telemetry } from '../../telemetry';
import { CallScope } from '../call-scope';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { settled } from '../settled';
import { clientState } from './client-state';
import { Opening, openings } from './opening';
import type { PgClient, PgPool, PoolClass } from './pg';
import { thisCopy } from './pool-identity';
import { released, removed } from './pool-release';
import { PoolRequest } from './pool-request';
import { SharedPool } from './shared-pool';

/** The request of each item in pg-pool's queue. */
const requests = attachment<object, PoolRequest>();
/** Calls of `pool.connect`: a connection that is opened within the call is opened for its request. */
const connectCalls = new CallScope<PoolRequest>();
/** Calls of `pool.query`: a request that is made within the call belongs to the caller of `pool.query`. */
const queryCalls = new CallScope<{ readonly queue: unknown; readonly context: CallersContext }>();

/** Patches pg-pool's own methods to follow requests and connections. Numbers are read from the pool; events are not counted. */
export function patchPool(Pool: PoolClass, patchClient?: (Client: unknown) => void): void {
  addCopy(thisCopy);
  const prototype = Pool.prototype as PgPool &
    Record<
      'connect' | 'query' | 'newClient' | '_acquireClient' | '_release' | '_remove' | '_pulseQueue' | 'end',
      Callback
    >;

  replaceMethod(prototype, 'query', (original) => {
    return function query(this: PgPool): unknown {
      if (telemetry() === undefined) return Reflect.apply(original, this, arguments);
      const call = guarded('pool.query', () => ({ queue: this._pendingQueue, context: callersContext() }));
      const outer = queryCalls.enter(call);
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        queryCalls.leave(outer);
      }
    };
  });

  replaceMethod(prototype, 'connect', (original) => {
    return function connect(this: PgPool, callback?: Callback): unknown {
      const to = telemetry();
      const isCallable = !callback || typeof callback === 'function';
      const request = to && isCallable && guarded('pool.connect', () => beginRequest(to, this, connect));
      if (!request) return Reflect.apply(original, this, arguments);
      const outer = connectCalls.enter(request);
      let result: unknown;
      try {
        result = callback
          ? Reflect.apply(original, this, withFirst(calledBack(request, callback), arguments))
          : Reflect.apply(original, this, arguments);
      } catch (error) {
        end(request, error);
        throw error;
      } finally {
        connectCalls.leave(outer);
      }
      guarded('pool.connect', () => {
        if (request.queuedItem !== undefined) requests.set(request.queuedItem, request);
      });
      if (callback) return result;
      return settled(
        result,
        (client) => end(request, undefined, client as PgClient),
        (error) => end(request, error),
      );
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
      _client: PgClient,
      item: object,
      _idleListener: unknown,
      isNew: unknown,
    ): unknown {
      const request = guarded('pool acquire', () => (isNew === true ? undefined : requests.get(item)));
      return inContextOf(request, original, this, arguments);
    };
  });

  replaceMethod(prototype, '_release', (original) => {
    return function _release(
      this: PgPool,
      client: PgClient,
      _idleListener: unknown,
      error: unknown,
    ): unknown {
      guarded('pool release', () => released(this, client, error));
      return Reflect.apply(original, this, arguments);
    };
  });

  replaceMethod(prototype, '_remove', (original) => {
    return function _remove(this: PgPool, client: PgClient): unknown {
      guarded('pool removal', () => removed(this, client));
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        guarded('pool removal', () => SharedPool.known(this)?.changed(this));
      }
    };
  });

  // pg-pool calls this right after it has removed a connection that could not be opened.
  replaceMethod(prototype, '_pulseQueue', (original) => {
    return function _pulseQueue(this: PgPool): unknown {
      guarded('pool removal', () => SharedPool.known(this)?.changed(this));
      return Reflect.apply(original, this, arguments);
    };
  });

  replaceMethod(prototype, 'end', (original) => {
    return function end(this: PgPool): unknown {
      const isFirst = guarded('pool end', () => this.ending !== true);
      const result = Reflect.apply(original, this, arguments);
      if (isFirst) guarded('pool end', () => followEnd(this));
      return result;
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
    for (const item of pool._pendingQueue) requests.get(item)?.operation?.failed(new Error(POOL_ENDED));
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
function beginRequest(to: Telemetry, pool: PgPool, connect: Callback): PoolRequest | undefined {
  const startedAt = now();
  if (!to.isObserved(startedAt) || !SharedPool.isKnowable(pool)) return undefined;
  const call = queryCalls.current;
  const queryContext = call?.queue === pool._pendingQueue ? call.context : undefined;
  return new PoolRequest(to, pool, startedAt, queryContext, connect);
}

function beginOpening(to: Telemetry, pool: PgPool, item: object): Opening | undefined {
  return SharedPool.isKnowable(pool)
    ? new Opening(to, pool, requests.get(item) ?? connectCalls.current)
    : undefined;
}

/**
 * Wraps a callback, so that it runs in the context of its caller. pg-pool calls the callback of a queued request while
 * another caller releases a connection.
 */
function calledBack(request: PoolRequest, callback: Callback): Callback {
  return function delivered(this: unknown, ...args: unknown[]) {
    // pg-pool passes a failure as one argument or as three.
    end(request, args[0], args[1] as PgClient | undefined);
    if (request.operation === undefined) return Reflect.apply(callback, this, args);
    return request.inDeliveryContext(() => Reflect.apply(callback, this, args));
  };
}

function end(request: PoolRequest, error: unknown, client?: PgClient): void {
  guarded('the delivery of a connection', () => {
    const { operation } = request;
    if (operation === undefined) return;
    const { pool } = operation;
    if (error || client === undefined) {
      pool.failed(operation, error);
      return;
    }
    const checkout = pool.delivered(operation, request.takenAt);
    const state = clientState(client, pool);
    state.checkout = checkout;
    state.channels = undefined;
    state.poolWaitSeconds = operation.durationSeconds;
  });
}
