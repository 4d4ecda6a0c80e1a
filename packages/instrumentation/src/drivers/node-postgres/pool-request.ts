import { Stamped } from '../../attachment';
import { poolListeners } from '../../copies';
import { AcquireOperation, type AcquirePath, type CallersContext, callersContext } from '../../operation';
import { PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { hasWeakReferences } from '../../weak';
import { stackBelow } from '../call-stack';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import type { PgClient, PgPool } from './pg';
import type { PoolQuery } from './pool-query';
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
  readonly #context: CallersContext;
  readonly #path: AcquirePath;
  readonly pool: PgPool;
  /** The call of `pool.query` that makes the request. */
  readonly query: PoolQuery | undefined;
  /** It is made by a `pool.query` that is awaited, and its callback is one of pg-pool. */
  readonly isAwaited: boolean;
  /** The stack of the caller, if it was recorded. It is not recorded for `pool.query`, which releases the connection itself. */
  readonly takenAt: string | undefined;
  operation: AcquireOperation | undefined;

  /** @param connect the patched method; the stack frames below it belong to the caller */
  constructor(
    to: Telemetry,
    pool: PgPool,
    startedAt: number,
    query: PoolQuery | undefined,
    connect: Callback,
  ) {
    this.#to = to;
    this.pool = pool;
    this.#startedAt = startedAt;
    this.#context = callersContext();
    this.#path = pathOf(pool);
    this.query = query;
    // A `connect` of the application may use the connection before it passes it on.
    this.isAwaited = query?.isAwaited === true && pool.connect === connect;
    this.takenAt = query === undefined && to.samplesStack(startedAt) ? takenAt(connect) : undefined;
    const anyClient = pool._clients[0];
    if (anyClient !== undefined) this.begin(anyClient);
  }

  /** The context in which the caller's callback runs. */
  get deliveryContext(): CallersContext {
    return this.query === undefined ? this.#context : this.query.context;
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

const takenAt = (connect: Callback): string | undefined =>
  guarded('the stack of a caller', () => stackBelow(connect));

/** The request of an item in pg-pool's queue, which is looked up for each delivery: see `ClientStamp`. */
export class RequestStamp extends Stamped {
  #request: PoolRequest;
  constructor(item: object, request: PoolRequest) {
    super(item);
    this.#request = request;
  }
  static get(item: object): PoolRequest | undefined {
    return #request in item ? item.#request : undefined;
  }
  static set(item: object, request: PoolRequest): void {
    if (#request in item) item.#request = request;
    else new RequestStamp(item, request);
  }
}

/** Makes the same decision as pg-pool's `connect`, which delivers one idle connection per tick, in the order of the requests. */
function pathOf(pool: PgPool): AcquirePath {
  if (pool._idle.length > pool._pendingQueue.length) return 'idle';
  return pool._idle.length > 0 || pool._isFull() ? 'queued' : 'new';
}
