import { now } from './clock';
import type { PgPool } from './pg-pool';
import type { LoadMeter } from './size/load-meter';

/** A pool that was used within this time is in use: its lost connections are opened again. */
const IN_USE_MILLIS = 30_000;

/** When requests used a pool last. */
export class PoolUse {
  readonly #pool: PgPool;
  readonly #meter: LoadMeter;
  readonly #scaleToZero: boolean;
  #usedAt = Number.NEGATIVE_INFINITY;

  constructor(pool: PgPool, meter: LoadMeter, scaleToZero: boolean) {
    this.#pool = pool;
    this.#meter = meter;
    this.#scaleToZero = scaleToZero;
  }

  get isInUse(): boolean {
    return this.hasServed || now() - this.#usedAt < IN_USE_MILLIS;
  }

  /** Whether requests have returned a connection without an error since the last tick. */
  get hasServed(): boolean {
    return this.#meter.served > 0;
  }

  /** A request uses the pool now. */
  used(): void {
    this.#usedAt = now();
  }

  /** To be called once a second, before the meter is read. */
  tick(): void {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    // A connection that only listens does not keep a server awake.
    const isHeld = totalCount > idleCount && !this.#scaleToZero;
    if (this.hasServed || waitingCount > 0 || isHeld) this.used();
  }
}
