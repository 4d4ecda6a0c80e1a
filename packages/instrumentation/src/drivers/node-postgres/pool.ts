import { attachment } from '../../attachment';
import { now } from '../../clock';
import { POOL_ENDED } from '../../error-class';
import { type CallersContext, callersContext } from '../../operation';
import type { Checkout } from '../../pool-state';
import { type Telemetry, telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { settled } from '../settled';
import { clientState } from './client-state';
import { Opening } from './opening';
import type { PgClient, PgPool, PoolClass } from './pg';
import { released, removed } from './pool-release';
import { PoolRequest } from './pool-request';
import { SharedPool } from './shared-pool';

/** On pg-pool's item in the queue: the request it stands for. */
const requests = attachment<object, PoolRequest>();
/** The request whose `pool.connect` call has not returned yet: a connection opened within it is opened for it. */
let requesting: PoolRequest | undefined;
/** The `pool.query` call that has not returned yet: the request made within it is its caller's. */
let querying: { readonly queue: unknown; readonly context: CallersContext } | undefined;

/** Requests, connections and their end, in pg-pool's own methods; it is asked for its state, events are not counted. */
export function patchPool(Pool: PoolClass, meetClient?: (Client: unknown) => void): void {
  const prototype = Pool.prototype as PgPool &
    Record<
      'connect' | 'query' | 'newClient' | '_acquireClient' | '_release' | '_remove' | '_pulseQueue' | 'end',
      Callback
    >;

  replaceMethod(prototype, 'query', (original) => {
    return function query(this: PgPool): unknown {
      const outer = querying;
      if (telemetry() !== undefined) {
        querying = guarded('pool.query', () => ({ queue: this._pendingQueue, context: callersContext() }));
      }
      try {
        return Reflect.apply(original, this, arguments);
      } finally {
        querying = outer;
      }
    };
  });

  replaceMethod(prototype, 'connect', (original) => {
    return function connect(this: PgPool, callback?: Callback): unknown {
      const to = telemetry();
      const isCallable = !callback || typeof callback === 'function';
      const request = to && isCallable && guarded('pool.connect', () => beginRequest(to, this, connect));
      if (!request) return Reflect.apply(original, this, arguments);
      const outer = requesting;
      requesting = request;
      let result: unknown;
      try {
        result = callback
          ? Reflect.apply(original, this, [calledBack(request, callback), ...[...arguments].slice(1)])
          : Reflect.apply(original, this, arguments);
      } catch (error) {
        end(request, error);
        throw error;
      } finally {
        requesting = outer;
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
      if (meetClient !== undefined) guarded('pool.newClient', () => meetClient(this.Client));
      const outer = opening.begin();
      try {
        return inContextOf(opening.request, original, this, arguments);
      } finally {
        guarded('pool.newClient', () => opening.end(outer));
      }
    };
  });

  // An idle connection is handed out within the release of another caller, and `acquire` listeners may query.
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

  // A connection that could not be opened is taken off the list right before this.
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

/** What the pool does for a request, in whoever's turn it comes to that. */
function inContextOf(
  request: PoolRequest | undefined,
  work: Callback,
  self: PgPool,
  args: IArguments,
): unknown {
  const operation = request?.operation;
  return operation === undefined
    ? Reflect.apply(work, self, args)
    : operation.inOwnContext(work, self, [...args]);
}

/** pg-pool keeps the callback of `end` (its own, for a promise) and calls it when the last connection is closed. */
function followEnd(pool: PgPool): void {
  const shared = SharedPool.known(pool);
  const state = shared?.state;
  if (state === undefined) return;
  const ended = (): void => {
    shared?.changed(pool);
    // `end` of a derived object does not end the pool.
    if (state.read() !== undefined) return;
    for (const operation of state.waiting) operation.failed(new Error(POOL_ENDED));
    state.waiting.clear();
    // Those that an idle connection was about to serve are in the pool's queue only.
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

/** `undefined` for what has another shape than pg-pool's, and where nothing is made of requests. */
function beginRequest(to: Telemetry, pool: PgPool, connect: Callback): PoolRequest | undefined {
  const startedAt = now();
  if (!to.isObserved(startedAt) || !SharedPool.isKnowable(pool)) return undefined;
  const queryContext = querying?.queue === pool._pendingQueue ? querying.context : undefined;
  return new PoolRequest(to, pool, startedAt, queryContext, connect);
}

function beginOpening(to: Telemetry, pool: PgPool, item: object): Opening | undefined {
  return SharedPool.isKnowable(pool) ? new Opening(to, pool, requests.get(item) ?? requesting) : undefined;
}

/** A queued request is called back from within the release of another caller: back into its own caller's context. */
function calledBack(request: PoolRequest, callback: Callback): Callback {
  return function delivered(this: unknown, ...args: unknown[]) {
    // A failure comes with one argument or with three.
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
    pool.waiting.delete(operation);
    if (error || client === undefined) {
      operation.failed(error);
      return;
    }
    operation.succeeded();
    const state = clientState(client, pool);
    const acquiredAt = operation.endedAt ?? now();
    const checkout: Checkout = {
      acquiredAt,
      heldSince: acquiredAt,
      takenAt: request.takenAt,
      channels: undefined,
      channelsAtCommit: undefined,
      holder: operation.callerSpanContext,
      isEmitted: false,
    };
    pool.checkouts.add(checkout);
    state.checkout = checkout;
    state.poolWaitSeconds = operation.durationSeconds;
  });
}
