import { now } from '../../clock';
import type { Timers } from '../../platform';
import { logInternalError } from '../../warnings';

/** Milliseconds between two checks of running operations and checked-out connections. */
const BEAT_MILLISECONDS = 100;
/** If a beat is later than this, in milliseconds, the event loop was blocked or the process was frozen. */
const LATE_MILLISECONDS = 100;
/** The longest wait for the next beat. */
const LONGEST_MILLISECONDS = 60_000;

/**
 * Called at each beat. Returns the milliseconds until the next beat is needed, `undefined` for none. `isLate`: whether
 * the event loop was blocked before this beat.
 */
export type OnBeat = (at: number, isLate: boolean) => number | undefined;

/** The smaller of two numbers of milliseconds; `undefined` stands for never. */
export const sooner = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : other === undefined ? one : Math.min(one, other);

/**
 * One timer for all checks of running operations and checked-out connections. It beats only while there is something to
 * check, and never keeps the process alive.
 *
 * It also measures the time that does not count for limits. While the event loop is blocked, the process cannot read
 * answers that the server has sent. The delay of a late beat shows how long the loop was blocked, and this time is
 * excluded. Node runs timers before it reads from sockets, so the check at a late beat waits until the sockets were read.
 *
 * If an operation was sent before one check and is unanswered at the next, it has waited for the server all the time in
 * between, and no time is excluded.
 */
export class Heartbeat {
  readonly #onBeat: OnBeat;
  readonly #timers: Timers | undefined;
  #cancel: (() => void) | undefined;
  #expectedAt = Number.POSITIVE_INFINITY;
  /** When the next beat is due without timers. */
  #dueAt = Number.POSITIVE_INFINITY;
  #lostMilliseconds = 0;
  #lostAtCheck = 0;

  /** @param timers without timers, beats happen only when operations start and end */
  constructor(onBeat: OnBeat, timers: Timers | undefined) {
    this.#onBeat = onBeat;
    this.#timers = timers;
  }

  /** Whether it beats while operations run, and not only when they start and end. */
  get isTimed(): boolean {
    return this.#timers !== undefined;
  }

  /** Requests a beat soon, because there is something to check. */
  quicken(at: number): void {
    if (this.#timers === undefined) this.#beatIfDue(at);
    else if (at + BEAT_MILLISECONDS < this.#expectedAt) this.#arm(BEAT_MILLISECONDS);
  }

  /** The excluded milliseconds up to a moment of the monotonic clock: a whole number that only grows. */
  uncounted(at: number): number {
    const late = at - this.#expectedAt;
    return late > LATE_MILLISECONDS ? this.#lostMilliseconds + Math.round(late) : this.#lostMilliseconds;
  }

  /** Like {@link uncounted}, since the last check. */
  uncountedSinceCheck(at: number): number {
    return this.uncounted(at) - this.#lostAtCheck;
  }

  #beatIfDue(at: number): void {
    if (at >= this.#dueAt) {
      this.#dueAt = Number.POSITIVE_INFINITY;
      const next = this.#onBeat(at, false);
      if (next !== undefined) this.#dueAt = at + Math.max(next, BEAT_MILLISECONDS);
    }
    this.#dueAt = Math.min(this.#dueAt, at + BEAT_MILLISECONDS);
  }

  #arm(milliseconds: number): void {
    const timers = this.#timers;
    if (timers === undefined) return;
    this.#cancel?.();
    const delay = Math.min(milliseconds, LONGEST_MILLISECONDS);
    this.#expectedAt = now() + delay;
    this.#cancel = timers.later(() => this.#wake(timers), delay);
  }

  #wake(timers: Timers): void {
    if (this.#excludeDelay()) timers.afterReading(() => this.#check(true));
    else this.#check(false);
  }

  #check(isLate: boolean): void {
    this.#excludeDelay();
    this.#expectedAt = Number.POSITIVE_INFINITY;
    this.#lostAtCheck = this.#lostMilliseconds;
    try {
      const next = this.#onBeat(now(), isLate);
      if (next === undefined) return;
      const delay = Math.max(next, BEAT_MILLISECONDS);
      if (now() + delay < this.#expectedAt) this.#arm(delay);
    } catch (error) {
      logInternalError('the check of running operations', error);
    }
  }

  /** Excludes the delay of a late beat. */
  #excludeDelay(): boolean {
    const at = now();
    const late = at - this.#expectedAt;
    if (late <= LATE_MILLISECONDS) return false;
    this.#lostMilliseconds += Math.round(late);
    this.#expectedAt = at;
    return true;
  }
}
