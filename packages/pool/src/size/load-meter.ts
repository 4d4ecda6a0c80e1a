import { performance } from 'node:perf_hooks';
import { isExpired, type PgClient, type PgPool } from '../pg-pool';

/** The load of a pool in one tick. */
export interface LoadSample {
  /** Length of the tick. */
  readonly seconds: number;
  /** Connections that were acquired in the tick. */
  readonly checkouts: number;
  /** Mean wait for a connection by Little's law: mean length of the queue × seconds / checkouts. */
  readonly meanWaitSeconds: number;
  /** Mean time from acquire to release of the connections that were released in the tick; absent if there was none. */
  readonly useSeconds: number | undefined;
  /** Mean over time of checked-out connections / max, from 0 to 1. */
  readonly utilisation: number;
  /** Requests that wait now. */
  readonly waiting: number;
  /** Checked-out connections. */
  readonly used: number;
  readonly total: number;
  readonly max: number;
}

interface Checkout {
  at: number;
  isOpen: boolean;
}

/**
 * Measures the load of a pool by the pool's events. Nothing is patched: the mean wait follows from the mean length of
 * the queue (Little's law).
 */
export class LoadMeter {
  readonly #pool: PgPool;
  readonly #now: () => number;
  /** One entry for each client, reused: an acquire allocates nothing. */
  readonly #checkouts = new WeakMap<PgClient, Checkout>();
  readonly #onAcquire = (client: PgClient) => this.#acquired(client);
  readonly #onRelease: (error: unknown, client: PgClient) => void;

  #used = 0;
  #waiting: number;
  #integratedAt: number;
  #tickAt: number;
  #acquiredInTick = 0;
  #releasedInTick = 0;
  #servedInTick = 0;
  #useMillis = 0;
  /** Integrals over time, in milliseconds. */
  #usedMillis = 0;
  #waitingMillis = 0;

  /**
   * @param now milliseconds of a clock that does not jump
   * @param onError called when a connection is released with an error. One listener for all that follows releases: a
   *   second one costs each query as much again as the first
   */
  constructor(
    pool: PgPool,
    now: () => number = monotonic,
    onError: (error: unknown, client: PgClient) => void = () => {},
  ) {
    this.#pool = pool;
    this.#now = now;
    // `error` is an argument of the event, not an event.
    this.#onRelease = (error, client) => {
      this.#released(client, !error);
      if (error) onError(error, client);
    };
    this.#waiting = pool.waitingCount;
    this.#integratedAt = now();
    this.#tickAt = this.#integratedAt;
    pool.on('acquire', this.#onAcquire);
    pool.on('release', this.#onRelease);
  }

  /** Connections that requests have returned without an error since the last sample. */
  get served(): number {
    return this.#servedInTick;
  }

  /** The load since the last call. */
  sample(): LoadSample {
    const now = this.#now();
    this.#integrate(now);
    // The application may set any value; pg-pool compares a text as the number that it contains.
    const max = Number(this.#pool.options.max);
    const millis = now - this.#tickAt;
    const sample = {
      seconds: millis / 1000,
      checkouts: this.#acquiredInTick,
      meanWaitSeconds: this.#waitingMillis / 1000 / Math.max(1, this.#acquiredInTick),
      useSeconds: this.#releasedInTick === 0 ? undefined : this.#useMillis / 1000 / this.#releasedInTick,
      utilisation: millis > 0 && max > 0 ? Math.min(1, this.#usedMillis / millis / max) : 0,
      waiting: this.#waiting,
      used: this.#used,
      total: this.#pool.totalCount,
      max,
    };
    this.#tickAt = now;
    this.#acquiredInTick = 0;
    this.#releasedInTick = 0;
    this.#servedInTick = 0;
    this.#useMillis = 0;
    this.#usedMillis = 0;
    this.#waitingMillis = 0;
    return sample;
  }

  /** The checkout of this client is not that of a request. */
  ignore(client: PgClient): void {
    const checkout = this.#checkouts.get(client);
    if (checkout === undefined || !checkout.isOpen) return;
    this.#integrate(this.#now());
    checkout.isOpen = false;
    this.#used--;
    this.#acquiredInTick--;
  }

  stop(): void {
    this.#pool.off('acquire', this.#onAcquire);
    this.#pool.off('release', this.#onRelease);
  }

  #acquired(client: PgClient): void {
    if (isExpired(this.#pool, client)) return;
    const now = this.#now();
    this.#integrate(now);
    const checkout = this.#checkouts.get(client);
    if (checkout === undefined) {
      this.#checkouts.set(client, { at: now, isOpen: true });
    } else {
      checkout.at = now;
      checkout.isOpen = true;
    }
    this.#used++;
    this.#acquiredInTick++;
  }

  #released(client: PgClient, isServed: boolean): void {
    const checkout = this.#checkouts.get(client);
    // It was acquired before the meter existed.
    if (checkout === undefined) {
      if (isServed && !isExpired(this.#pool, client)) this.#servedInTick++;
      return;
    }
    if (!checkout.isOpen) return;
    if (isServed) this.#servedInTick++;
    const now = this.#now();
    this.#integrate(now);
    checkout.isOpen = false;
    this.#used--;
    this.#releasedInTick++;
    this.#useMillis += now - checkout.at;
  }

  /** A request that joins the queue causes no event, so the length between two events is taken as the mean of both. */
  #integrate(now: number): void {
    const millis = now - this.#integratedAt;
    const waiting = this.#pool.waitingCount;
    this.#usedMillis += this.#used * millis;
    this.#waitingMillis += ((this.#waiting + waiting) / 2) * millis;
    this.#waiting = waiting;
    this.#integratedAt = now;
  }
}

/** Imported, because the global of the same name is read by an accessor, which costs each query 20 ns. */
const monotonic = (): number => performance.now();
