import { Stamped } from '../../attachment';
import type { PoolReading, PoolState } from '../../pool-state';
import { weakly } from '../../weak';
import { guarded } from '../guarded';
import { activeQuery } from './created-query';
import type { PgClient, PgPool } from './pg';

/**
 * Attached to the queue of a pool, which pg-pool creates in its constructor and never replaces (index.js). It is looked up
 * several times for each query: see `ClientStamp`.
 */
class QueueStamp extends Stamped {
  #shared: SharedPool;
  constructor(queue: object, shared: SharedPool) {
    super(queue);
    this.#shared = shared;
  }
  static get(queue: object): SharedPool | undefined {
    return #shared in queue ? queue.#shared : undefined;
  }
}

/**
 * The fields of a pool that Proxies around the pool and objects derived from it share. Programs often create such
 * objects for one request. The queue identifies the pool, and the numbers of the pool are read from these fields, not
 * from the object that was called.
 */
export class SharedPool {
  readonly #idle: readonly unknown[];
  readonly #pending: readonly unknown[];
  #options: PgPool['options'];
  #clients: readonly PgClient[];
  #hasEnded = false;
  /** Known once a client shows the target of the pool. */
  state: PoolState | undefined;

  private constructor(pool: PgPool) {
    this.#idle = pool._idle;
    this.#pending = pool._pendingQueue;
    this.#options = pool.options;
    this.#clients = pool._clients;
  }

  /** Whether a pool has the shape of pg-pool's, and a stable queue: a Proxy may return another queue each time. */
  static isKnowable(pool: PgPool): boolean {
    const { _clients: clients, _idle: idle, _pendingQueue: queue } = pool;
    const { _pendingQueue: again } = pool;
    return Array.isArray(clients) && Array.isArray(idle) && Array.isArray(queue) && queue === again;
  }

  static of(pool: PgPool): SharedPool {
    const queue = pool._pendingQueue;
    let shared = QueueStamp.get(queue);
    if (shared === undefined) {
      shared = new SharedPool(pool);
      new QueueStamp(queue, shared);
    }
    return shared;
  }

  static known(pool: PgPool): SharedPool | undefined {
    return QueueStamp.get(pool._pendingQueue);
  }

  /**
   * Reads the fields again after a method of pg-pool has run, because pg-pool replaces its list of clients when it
   * removes one.
   */
  changed(pool: PgPool): void {
    // The most frequent case: nothing was replaced.
    if (pool._clients === this.#clients && pool.options === this.#options && !pool.ended) return;
    const owner = ownerOf(pool);
    this.#options = owner.options;
    this.#clients = owner._clients;
    this.#hasEnded = owner.ended === true;
  }

  /**
   * Returns a function that reads the pool through a weak reference. It returns `undefined` once the pool is
   * garbage-collected.
   */
  get reader(): () => PoolReading | undefined {
    const queue = weakly(this.#pending);
    return () => {
      const alive = queue?.deref();
      const shared = alive && QueueStamp.get(alive);
      return shared && guarded('the state of a pool', () => shared.#read());
    };
  }

  #read(): PoolReading | undefined {
    if (this.#hasEnded) return undefined;
    const { max: limit = 0, min = 0 } = this.#options;
    return {
      total: this.#clients.length,
      // pg and Neon do not set `_connected` to false when a connection is lost, so false means that it is being
      // opened.
      connecting: this.#clients.filter(({ _connected: isConnected }) => isConnected === false).length,
      idle: this.#idle.length,
      active: this.#clients.filter((client) => activeQuery(client) != null).length,
      pending: this.#pending.length,
      limit,
      idleMin: min,
      idleMax: limit,
    };
  }
}

/**
 * Returns the pool from which an object is derived, because an assignment of pg-pool on a derived object changes only
 * that object. Returns the object itself when no pool is found, because a Proxy may represent a pool that is not its
 * target.
 */
export function ownerOf(pool: PgPool): PgPool {
  for (let at: PgPool | null = pool; at !== null; at = Object.getPrototypeOf(at) as PgPool | null) {
    if (Object.hasOwn(at, '_pendingQueue')) return at;
  }
  return pool;
}
