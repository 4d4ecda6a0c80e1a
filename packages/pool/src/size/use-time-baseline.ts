/** Ticks of a window, and for how long a window counts. */
const WINDOW_TICKS = 10;
const LIFE_MILLIS = 600_000;

interface Reference {
  readonly at: number;
  readonly seconds: number;
  /** Mean number of checked-out connections; 0 if a change of the size has shown the use time. */
  readonly used: number;
}

/**
 * The use time while the server is not congested: the lowest median of a window in the last ten minutes, or what a
 * change of the size has shown.
 */
export class UseTimeBaseline {
  #references: Reference[] = [];
  #window: { seconds: number; used: number }[] = [];
  #learnedUntil = Number.NEGATIVE_INFINITY;

  /** A tick. */
  record({ seconds, used }: { seconds: number; used: number }, nowMillis: number): void {
    this.#references = this.#references.filter(({ at }) => nowMillis - at < LIFE_MILLIS);
    this.#window.push({ seconds, used });
    if (this.#window.length < WINDOW_TICKS) return;
    const median = this.#window.sort((one, other) => one.seconds - other.seconds)[WINDOW_TICKS / 2];
    if (median !== undefined) this.#references.push({ at: nowMillis, ...median });
    this.#window = [];
  }

  /** The use time with a size that is about to change. */
  add(seconds: number, used: number, nowMillis: number): void {
    this.#references.push({ at: nowMillis, seconds, used });
  }

  /** Replaces what was recorded. */
  learn(seconds: number, nowMillis: number): void {
    this.#references = [{ at: nowMillis, seconds, used: 0 }];
    this.#window = [];
    this.#learnedUntil = nowMillis + LIFE_MILLIS;
  }

  /** Undefined before the first tick with enough checkouts. */
  get seconds(): number | undefined {
    return this.#lowest()?.seconds;
  }

  isLearned(nowMillis: number): boolean {
    return nowMillis < this.#learnedUntil;
  }

  /** Whether the use time with at most half as many connections is known. */
  isProvenFor(used: number): boolean {
    return this.#references.some((reference) => reference.used <= used / 2);
  }

  #lowest(): { seconds: number; used: number } | undefined {
    const candidates = this.#references.length > 0 ? this.#references : this.#window;
    let lowest: { seconds: number; used: number } | undefined;
    for (const candidate of candidates) {
      if (lowest === undefined || candidate.seconds < lowest.seconds) lowest = candidate;
    }
    return lowest;
  }
}
