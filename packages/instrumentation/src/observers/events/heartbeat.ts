import { now } from '../../clock';
import type { Timers } from '../../platform';
import { logInternalError } from '../../warnings';

/** Milliseconds between two looks at what runs. */
const BEAT_MILLISECONDS = 100;
/** A beat that is later than this found the event loop blocked, or the process frozen. */
const LATE_MILLISECONDS = 100;
/** Beats that nothing but a far-off time asks for. */
const LONGEST_MILLISECONDS = 60_000;

/**
 * What is to be done at a beat; returns the milliseconds until there is more to do, `undefined` for nothing.
 * The beat is late when the event loop stood still.
 */
export type OnBeat = (at: number, isLate: boolean) => number | undefined;

/** Of two such times. */
export const sooner = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : other === undefined ? one : Math.min(one, other);

/**
 * One timer for all that has to be told in time. It beats only while there is something to look at, and never keeps
 * the process alive.
 *
 * It also knows what does not count as time. While the event loop stands still nobody hears what the server has
 * answered long ago: a beat that comes late tells for how long, and that time is not counted. What has arrived
 * meanwhile is read after the timers of a loop's turn, so the look at what runs waits for that. What was on its way to
 * the server at one look and is unanswered at the next was so all the time between them, blocked or not.
 */
export class Heartbeat {
  readonly #onBeat: OnBeat;
  readonly #timers: Timers | undefined;
  #callOff: (() => void) | undefined;
  #expectedAt = Number.POSITIVE_INFINITY;
  /** Of the next beat where there are no timers. */
  #dueAt = Number.POSITIVE_INFINITY;
  #lostMilliseconds = 0;
  #lostAtLook = 0;

  /** @param timers without them it beats when operations come by, and only then */
  constructor(onBeat: OnBeat, timers: Timers | undefined) {
    this.#onBeat = onBeat;
    this.#timers = timers;
  }

  /** Whether it beats by itself, and so while operations run. */
  get isTimed(): boolean {
    return this.#timers !== undefined;
  }

  /** Something has begun, at this time: there will be a beat soon. */
  quicken(at: number): void {
    if (this.#timers === undefined) this.#beatAlong(at);
    else if (at + BEAT_MILLISECONDS < this.#expectedAt) this.#arm(BEAT_MILLISECONDS);
  }

  /** Milliseconds that are not counted, all together, until a moment of the monotonic clock. A whole number. */
  uncounted(at: number): number {
    const late = at - this.#expectedAt;
    return late > LATE_MILLISECONDS ? this.#lostMilliseconds + Math.round(late) : this.#lostMilliseconds;
  }

  /** As {@link uncounted}, since the last look. */
  uncountedSinceLook(at: number): number {
    return this.uncounted(at) - this.#lostAtLook;
  }

  #beatAlong(at: number): void {
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
    this.#callOff?.();
    const delay = Math.min(milliseconds, LONGEST_MILLISECONDS);
    this.#expectedAt = now() + delay;
    this.#callOff = timers.later(() => this.#wake(timers), delay);
  }

  #wake(timers: Timers): void {
    if (this.#notesDelay()) timers.afterReading(() => this.#look(true));
    else this.#look(false);
  }

  #look(isLate: boolean): void {
    this.#notesDelay();
    this.#expectedAt = Number.POSITIVE_INFINITY;
    this.#lostAtLook = this.#lostMilliseconds;
    try {
      const next = this.#onBeat(now(), isLate);
      if (next === undefined) return;
      const delay = Math.max(next, BEAT_MILLISECONDS);
      if (now() + delay < this.#expectedAt) this.#arm(delay);
    } catch (error) {
      logInternalError('the look at what runs', error);
    }
  }

  /** Takes what is late out of the time that is counted. */
  #notesDelay(): boolean {
    const at = now();
    const late = at - this.#expectedAt;
    if (late <= LATE_MILLISECONDS) return false;
    this.#lostMilliseconds += Math.round(late);
    this.#expectedAt = at;
    return true;
  }
}
