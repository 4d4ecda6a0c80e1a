import { attachment } from '../../attachment';
import type { PoolReading, PoolState } from '../../pool-state';
import { weakly } from '../../weak';
import { guarded } from '../guarded';
import type { PgClient, PgPool } from './pg';

/** On the queue of a pool, which pg-pool makes in its constructor and never replaces (index.js). */
const pools = attachment<object, SharedPool>();

/**
 * What a pool has in common with every Proxy around it and every object derived from it, which programs often make for
 * one request: its queue identifies it, and its state is read without the object that was called.
 */
export class SharedPool {
  readonly #idle: readonly unknown[];
  readonly #pending: readonly unknown[];
  #options: PgPool['options'];
  #clients: readonly PgClient[];
  #hasEnded = false;
  /** Known once a client shows where the pool leads. */
  state: PoolState | undefined;

  private constructor(pool: PgPool) {
    this.#idle = pool._idle;
    this.#pending = pool._pendingQueue;
    this.#options = pool.options;
    this.#clients = pool._clients;
  }

  /** Has the shape of pg-pool's, and is the same at each look: a Proxy may hand out another queue each time. */
  static isKnowable(pool: PgPool): boolean {
    const { _clients: clients, _idle: idle, _pendingQueue: queue } = pool;
    const { _pendingQueue: again } = pool;
    return Array.isArray(clients) && Array.isArray(idle) && Array.isArray(queue) && queue === again;
  }

  static of(pool: PgPool): SharedPool {
    const queue = pool._pendingQueue;
    let shared = pools.get(queue);
    if (shared === undefined) {
      shared = new SharedPool(pool);
      pools.set(queue, shared);
    }
    return shared;
  }

  static known(pool: PgPool): SharedPool | undefined {
    return pools.get(pool._pendingQueue);
  }

  /** pg-pool replaces its list of clients when one is removed; called after its methods have run. */
  changed(pool: PgPool): void {
    const owner = ownerOf(pool);
    this.#options = owner.options;
    this.#clients = owner._clients;
    this.#hasEnded = owner.ended === true;
  }

  /** Reads through a weak reference: a dropped pool is collected, and reads as `undefined` from then on. */
  get reader(): () => PoolReading | undefined {
    const queue = weakly(this.#pending);
    return () => {
      const alive = queue?.deref();
      const shared = alive && pools.get(alive);
      return shared && guarded('the state of a pool', () => shared.#read());
    };
  }

  #read(): PoolReading | undefined {
    if (this.#hasEnded) return undefined;
    const { max: limit = 0, min = 0 } = this.#options;
    return {
      total: this.#clients.length,
      // Neither pg nor Neon sets this back when a connection is lost.
      connecting: this.#clients.filter(({ _connected: isConnected }) => isConnected === false).length,
      idle: this.#idle.length,
      pending: this.#pending.length,
      limit,
      idleMin: min,
      idleMax: limit,
    };
  }
}

/**
 * The pool from which an object is derived: what pg-pool assigns on a derived object changes that one alone. The object
 * itself when none is found: a Proxy may lead to a pool that is not its target.
 */
function ownerOf(pool: PgPool): PgPool {
  for (let at: PgPool | null = pool; at !== null; at = Object.getPrototypeOf(at) as PgPool | null) {
    if (Object.hasOwn(at, '_pendingQueue')) return at;
  }
  return pool;
}
