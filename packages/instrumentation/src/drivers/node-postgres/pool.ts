import { attachment } from '../../attachment';
import { now } from '../../clock';
import { POOL_ENDED } from '../../error-class';
import type { Checkout } from '../../pool-state';
import { type Telemetry, telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replaceMethod } from '../method';
import { settled } from '../settled';
import { clientState } from './client-state';
import { dialling } from './dial';
import type { PgClient, PgPool, PoolClass } from './pg';
import { released, removed } from './pool-release';
import { knownPoolState, PoolRequest, poolState } from './pool-request';

/** On pg-pool's item in the queue: the request it stands for. */
const requests = attachment<object, PoolRequest>();
/** The request whose `pool.connect` call has not returned yet: a connection opened within it is opened for it. */
let requesting: PoolRequest | undefined;

/** Requests, connections and their end, in pg-pool's own methods; it is asked for its state, events are not counted. */
export function patchPool(Pool: PoolClass, meetClient?: (Client: unknown) => void): void {
  const prototype = Pool.prototype as PgPool &
    Record<'connect' | 'newClient' | '_acquireClient' | '_release' | '_remove' | 'end', Callback>;

  replaceMethod(prototype, 'connect', (original) => {
    return function connect(this: PgPool, callback?: Callback): unknown {
      const to = telemetry();
      if (to === undefined || !hasKnownShape(this)) return Reflect.apply(original, this, arguments);
      return request(to, this, callback, original);
    };
  });

  replaceMethod(prototype, 'newClient', (original) => {
    return function newClient(this: PgPool, item: object): unknown {
      const to = telemetry();
      if (to === undefined) return original.call(this, item);
      meetClient?.(this.Client);
      const made = requests.get(item) ?? requesting;
      return dialling(
        (client) => ({ pool: poolState(to, this, client), acquire: made?.begin(client) }),
        () => inContextOf(made, original, this, [item]),
      );
    };
  });

  // An idle connection is handed out within the release of another caller, and `acquire` listeners may query.
  replaceMethod(prototype, '_acquireClient', (original) => {
    return function _acquireClient(
      this: PgPool,
      client: PgClient,
      item: object,
      ...rest: unknown[]
    ): unknown {
      const [, isNew] = rest;
      const made = isNew === true ? undefined : requests.get(item);
      return inContextOf(made, original, this, [client, item, ...rest]);
    };
  });

  replaceMethod(prototype, '_release', (original) => {
    return function _release(this: PgPool, client: PgClient, idleListener: unknown, error: unknown): unknown {
      try {
        released(this, client, error);
      } catch (failure) {
        ownFailure('pool release', failure);
      }
      return original.call(this, client, idleListener, error);
    };
  });

  replaceMethod(prototype, 'end', (original) => {
    return function end(this: PgPool): unknown {
      const isFirst = this.ending !== true;
      const result = Reflect.apply(original, this, arguments);
      if (isFirst) {
        try {
          forgetWaitingAtEnd(this);
        } catch (failure) {
          ownFailure('pool end', failure);
        }
      }
      return result;
    };
  });

  replaceMethod(prototype, '_remove', (original) => {
    return function _remove(this: PgPool, client: PgClient): unknown {
      try {
        removed(this, client);
      } catch (failure) {
        ownFailure('pool removal', failure);
      }
      return Reflect.apply(original, this, arguments);
    };
  });
}

/** What the pool does for a request, in whoever's turn it comes to that. */
function inContextOf(made: PoolRequest | undefined, work: Callback, self: PgPool, args: unknown[]): unknown {
  const operation = made?.operation;
  return operation === undefined ? Reflect.apply(work, self, args) : operation.inOwnContext(work, self, args);
}

/** pg-pool keeps the callback of `end` (its own, for a promise) and calls it when the last connection is closed. */
function forgetWaitingAtEnd(pool: PgPool): void {
  const state = knownPoolState(pool);
  if (state === undefined) return;
  const forget = (): void => {
    for (const operation of state.waiting) operation.failed(new Error(POOL_ENDED));
    state.waiting.clear();
  };
  if (pool.ended === true) {
    forget();
    return;
  }
  const callback = pool._endCallback;
  if (callback === undefined) return;
  pool._endCallback = function (this: unknown, ...args: unknown[]): unknown {
    forget();
    return callback.apply(this, args);
  };
}

function request(to: Telemetry, pool: PgPool, callback: Callback | undefined, original: Callback): unknown {
  const made = new PoolRequest(to, pool);
  const queuedBefore = pool._pendingQueue.length;
  const outer = requesting;
  requesting = made;
  let result: unknown;
  try {
    result = callback
      ? original.call(pool, calledBack(made, callback))
      : settled(
          original.call(pool),
          (client) => end(made, undefined, client as PgClient),
          (error) => end(made, error),
        );
  } catch (error) {
    end(made, error);
    throw error;
  } finally {
    requesting = outer;
  }
  const queued = pool._pendingQueue.at(-1);
  if (pool._pendingQueue.length > queuedBefore && queued !== undefined) requests.set(queued, made);
  return result;
}

function hasKnownShape(pool: PgPool): boolean {
  return Array.isArray(pool._clients) && Array.isArray(pool._idle) && Array.isArray(pool._pendingQueue);
}

/** A queued request is called back from within the release of another caller: back into its own caller's context. */
function calledBack(made: PoolRequest, callback: Callback): Callback {
  return function delivered(this: unknown, ...args: unknown[]) {
    // A failure comes with one argument or with three.
    end(made, args[0], args[1] as PgClient | undefined);
    const { operation } = made;
    if (operation === undefined) return callback.apply(this, args);
    return operation.inCallersContext(() => callback.apply(this, args));
  };
}

function end(made: PoolRequest, error: unknown, client?: PgClient): void {
  try {
    const { operation } = made;
    if (operation === undefined) return;
    const { pool } = operation;
    pool.waiting.delete(operation);
    if (error || client === undefined) {
      operation.failed(error);
      return;
    }
    operation.succeeded();
    const state = clientState(client, pool);
    const checkout: Checkout = {
      acquiredAt: operation.endedAt ?? now(),
      holder: operation.callerSpanContext,
      isTold: false,
    };
    pool.checkouts.add(checkout);
    state.checkout = checkout;
    state.poolWaitSeconds = operation.durationSeconds;
  } catch (failure) {
    ownFailure('the delivery of a connection', failure);
  }
}
