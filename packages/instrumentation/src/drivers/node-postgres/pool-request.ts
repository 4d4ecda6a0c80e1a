import { poolListeners } from '../../copies';
import {
  AcquireOperation,
  type AcquirePath,
  type CallersContext,
  callersContext,
  inContext,
} from '../../operation';
import { PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { hasWeakReferences } from '../../weak';
import { stackBelow } from '../call-stack';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import type { PgClient, PgPool } from './pg';
import { ownerOf, SharedPool } from './shared-pool';
import { isTracedElsewhere } from './traced-elsewhere';

/**
 * Returns the state of a pool, which is created at the first call. Its target is read from any client, because all
 * clients of a pool have the same target.
 */
export function poolState(to: Telemetry, pool: PgPool, client: PgClient): PoolState {
  const shared = SharedPool.of(pool);
  if (shared.state === undefined) {
    const target = Target.of(client);
    const { user, application_name: applicationName } = client.connectionParameters ?? {};
    shared.state = new PoolState(to.nameOf({ target, user, applicationName }), target, shared.reader);
    announce(pool);
  }
  // Without weak references, observing the pool would keep it alive.
  if (hasWeakReferences) to.poolSeen(shared.state);
  return shared.state;
}

function announce(pool: PgPool): void {
  for (const listener of poolListeners()) guarded('a listener of pools', () => listener(ownerOf(pool)));
}

/**
 * One call of `pool.connect`. The target of a pool is unknown until the pool has a client. Until then, the operation of
 * a request is created together with a client, with the start time and the context of the call.
 */
export class PoolRequest {
  readonly #to: Telemetry;
  readonly #startedAt: number;
  readonly #context = callersContext();
  readonly #path: AcquirePath;
  readonly #deliveryContext: CallersContext;
  readonly #queuedBefore: number;
  readonly pool: PgPool;
  /** The stack of the caller, if it was recorded. It is not recorded for `pool.query`, which releases the connection itself. */
  readonly takenAt: string | undefined;
  operation: AcquireOperation | undefined;

  /**
   * @param queryContext the context of the caller of `pool.query`, if `pool.query` makes the request
   * @param connect the patched method; the stack frames below it belong to the caller
   */
  constructor(
    to: Telemetry,
    pool: PgPool,
    startedAt: number,
    queryContext: CallersContext | undefined,
    connect: Callback,
  ) {
    this.#to = to;
    this.pool = pool;
    this.#startedAt = startedAt;
    this.#deliveryContext = queryContext ?? this.#context;
    this.#queuedBefore = pool._pendingQueue.length;
    this.#path = pathOf(pool);
    const isTaken = queryContext === undefined && to.samplesStack(this.#startedAt);
    this.takenAt = isTaken ? guarded('the stack of a caller', () => stackBelow(connect)) : undefined;
    const anyClient = pool._clients[0];
    if (anyClient !== undefined) this.begin(anyClient);
  }

  /** pg-pool's item for the request, if the request is in the queue after the call. */
  get queuedItem(): object | undefined {
    const { _pendingQueue: queue } = this.pool;
    return queue.length > this.#queuedBefore ? queue.at(-1) : undefined;
  }

  /** Runs the caller's callback in the caller's context. */
  inDeliveryContext<Result>(callback: () => Result): Result {
    return inContext(this.#deliveryContext, callback);
  }

  /** Begins the operation of this request, once its client shows the target of the pool. Later calls return the same operation. */
  begin(client: PgClient): AcquireOperation | undefined {
    if (this.operation !== undefined) return this.operation;
    try {
      const state = poolState(this.#to, this.pool, client);
      this.operation = new AcquireOperation(this.#to, this.#startedAt, state, this.#path, this.#context);
      this.operation.isTracedElsewhere = isTracedElsewhere(client);
      this.operation.start();
      if (this.#path !== 'idle') state.requested(this.operation);
    } catch (error) {
      logInternalError('pool.connect', error);
    }
    return this.operation;
  }
}

/** Makes the same decision as pg-pool's `connect`, which delivers one idle connection per tick, in the order of the requests. */
function pathOf(pool: PgPool): AcquirePath {
  if (pool._idle.length > pool._pendingQueue.length) return 'idle';
  return pool._idle.length > 0 || pool._isFull() ? 'queued' : 'new';
}
