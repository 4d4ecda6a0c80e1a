import type { Timers } from '../platform';

const TICK_MILLISECONDS = 100;

/**
 * A limit for answers. Time in which the event loop is blocked, or the process is stopped, does not count: answers that
 * have arrived cannot be read. Each tick counts once, however late it is.
 */
export class TimeLimit {
  readonly #timers: Timers;
  readonly #milliseconds: number;
  readonly #onExpire: () => void;
  #left: number;
  #isCancelled = false;
  #cancelTick: () => void = () => {};

  constructor(timers: Timers, milliseconds: number, onExpire: () => void) {
    this.#timers = timers;
    this.#milliseconds = milliseconds;
    this.#onExpire = onExpire;
    this.#left = milliseconds;
    this.#tickLater();
  }

  /** Counts from the beginning again. */
  restart(): void {
    this.#left = this.#milliseconds;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#cancelTick();
  }

  #tickLater(): void {
    this.#cancelTick = this.#timers.later(() => this.#tick(), TICK_MILLISECONDS);
  }

  #tick(): void {
    this.#left -= TICK_MILLISECONDS;
    if (this.#left > 0) this.#tickLater();
    // The answer may have arrived already.
    else this.#timers.afterReading(() => this.#expire());
  }

  #expire(): void {
    if (!this.#isCancelled) this.#onExpire();
  }
}
