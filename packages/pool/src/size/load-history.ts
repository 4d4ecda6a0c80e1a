import type { LoadSample } from './load-meter';
import { isSaturated, type Load, LoadWindow } from './load-window';
import { UseTimeBaseline } from './use-time-baseline';

/** A single tick with long waits is noise. */
const WAITING_TICKS = 2;
const RECENT_TICKS = 3;
/** Fewer checkouts give no reliable use time. */
const ENOUGH_CHECKOUTS = 20;
/** Utilisation that an estimated size leads to, as in @pg-otel/pool-sizing. */
const PLANNED_UTILISATION = 0.8;
/** Within so many seconds an estimated size also serves the requests that wait already. */
const CATCH_UP_SECONDS = 2;

/** What the ticks show of the load and of the server. */
export class LoadHistory {
  readonly baseline = new UseTimeBaseline();
  /** Ticks with this size, without the first, in which connections are opened or closed. */
  readonly window = new LoadWindow();
  readonly #targetWaitSeconds: number;
  #isSettling = true;
  #waitingTicks = 0;
  #waiting = 0;
  #arrivalsPerSecond = 0;

  constructor(targetWaitSeconds: number) {
    this.#targetWaitSeconds = targetWaitSeconds;
  }

  record(sample: LoadSample, nowMillis: number): void {
    const { checkouts, waiting, seconds, useSeconds, utilisation, max } = sample;
    this.#arrivalsPerSecond = Math.max(0, checkouts + waiting - this.#waiting) / seconds;
    this.#waiting = waiting;
    // An outage has no load to learn from, and the uses that end with it are as long as it was.
    if (checkouts === 0 && waiting > 0) {
      this.restart();
      this.#waitingTicks = 0;
      return;
    }
    this.#waitingTicks = this.#waitingTicksWith(sample);
    if (this.#isSettling) {
      this.#isSettling = false;
      return;
    }
    this.window.push(sample);
    if (useSeconds !== undefined && checkouts >= ENOUGH_CHECKOUTS) {
      this.baseline.record({ seconds: useSeconds, used: utilisation * max }, nowMillis);
    }
  }

  /** The size has changed. */
  restart(): void {
    this.window.clear();
    this.#isSettling = true;
  }

  get isWaiting(): boolean {
    return this.#waitingTicks >= WAITING_TICKS;
  }

  get recent(): Load {
    return this.window.recent(RECENT_TICKS);
  }

  /** Whether the last ticks were alike: a single one may contain a use that lasted for minutes. */
  get isSteady(): boolean {
    return this.recent.ticks >= RECENT_TICKS;
  }

  /** Use time / baseline: 1 if the server is not congested, or too little is known. */
  get congestion(): number {
    const { useSeconds, perSecond, ticks } = this.recent;
    const baseline = this.baseline.seconds;
    if (baseline === undefined || perSecond * ticks < ENOUGH_CHECKOUTS) return 1;
    return Math.max(1, useSeconds / baseline);
  }

  /** By Little's law, the connections that what arrives and what waits will need if the use time stays. */
  get needed(): number {
    const { useSeconds } = this.recent;
    const forArrivals = (this.#arrivalsPerSecond * useSeconds) / PLANNED_UTILISATION;
    return Math.ceil(forArrivals + (this.#waiting * useSeconds) / CATCH_UP_SECONDS);
  }

  #waitingTicksWith(sample: LoadSample): number {
    const { meanWaitSeconds, useSeconds = 0, waiting, max } = sample;
    if (meanWaitSeconds > this.#targetWaitSeconds) {
      // A queue in which each request waits for a whole use is no noise.
      return this.#waitingTicks + (waiting > max ? WAITING_TICKS : 1);
    }
    // All connections are in use all the time: callers would do more with more, however short the wait is.
    return isSaturated(sample) && meanWaitSeconds > useSeconds / 2 ? this.#waitingTicks + 1 : 0;
  }
}
