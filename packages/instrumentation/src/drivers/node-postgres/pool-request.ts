import { attachment } from '../../attachment';
import { now } from '../../clock';
import { AcquireOperation, type AcquirePath } from '../../operation';
import { type PoolReading, PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { Telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import { hasWeakReferences, weakly } from '../../weak';
import { isDoubled } from './doubled';
import type { PgClient, PgPool } from './pg';

const states = attachment<PgPool, PoolState>();

export const knownPoolState = (pool: PgPool): PoolState | undefined => states.get(pool);

/** The state of a pool, told once; its target is that of any of its clients. */
export function poolState(to: Telemetry, pool: PgPool, client: PgClient): PoolState {
  let state = states.get(pool);
  if (state === undefined) {
    const target = Target.of(client);
    const { user, application_name: applicationName } = client.connectionParameters ?? {};
    state = new PoolState(to.nameOf({ target, user, applicationName }), target, reader(pool));
    states.set(pool, state);
  }
  // Where it could only be observed by being kept alive, it is not.
  if (hasWeakReferences) to.poolSeen(state);
  return state;
}

/**
 * One call of `pool.connect`. A pool's very first request is known before its pool is: the operation begins when
 * the client for it is made, within the same call.
 */
export class PoolRequest {
  readonly #to: Telemetry;
  readonly #startedAt = now();
  readonly #pool: PgPool;
  readonly #path: AcquirePath;
  operation: AcquireOperation | undefined;

  constructor(to: Telemetry, pool: PgPool) {
    this.#to = to;
    this.#pool = pool;
    this.#path = pathOf(pool);
    const anyClient = pool._clients[0];
    if (anyClient !== undefined) this.begin(anyClient);
  }

  /** Once: the operation of this request, on the pool of a client. */
  begin(client: PgClient): AcquireOperation | undefined {
    if (this.operation !== undefined) return this.operation;
    try {
      const state = poolState(this.#to, this.#pool, client);
      this.operation = new AcquireOperation(this.#to, this.#startedAt, state, this.#path);
      this.operation.isTracedElsewhere = isDoubled(client);
      this.operation.start();
      if (this.#path !== 'idle') state.waiting.add(this.operation);
    } catch (error) {
      ownFailure('pool.connect', error);
    }
    return this.operation;
  }
}

/** As pg-pool decides in `connect`: idle connections are handed out one a tick, in the order of the requests. */
function pathOf(pool: PgPool): AcquirePath {
  if (pool._idle.length > pool._pendingQueue.length) return 'idle';
  return pool._idle.length > 0 || pool._isFull() ? 'queued' : 'new';
}

/** Reads through a weak reference: a dropped pool is collected, and reads as `undefined` from then on. */
function reader(pool: PgPool): () => PoolReading | undefined {
  const reference = weakly(pool);
  return () => {
    const live = reference?.deref();
    if (live === undefined || live.ended === true) return undefined;
    const limit = live.options.max ?? 0;
    return {
      total: live.totalCount,
      idle: live.idleCount,
      pending: live.waitingCount,
      limit,
      idleMin: live.options.min ?? 0,
      idleMax: limit,
    };
  };
}
