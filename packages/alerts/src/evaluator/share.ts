import { histogramOf } from '../rules/histograms';
import { type LevelOf, levelsOf, type RuleOf } from '../rules/rule';
import type { Bounds } from './evaluator';
import type { HistogramValue } from './metrics';
import type { Reading, WatchedPoint } from './watcher';

/** The share of the operations in a window, of all series of a subject together. */
export function readingOfShare(
  rule: RuleOf<'share-within'>,
  { staleSeconds }: Bounds,
): Reading<LevelOf<'share-within'>, readonly Window[]> {
  return {
    metric: histogramOf(rule).name,
    worst: 'min',
    forgetMillis: Math.max(staleSeconds, ...levelsOf(rule).map(({ windowSeconds }) => windowSeconds)) * 1000,
    next(point, levels, before) {
      const { value } = point;
      if (!point.isCumulative || !isHistogram(value)) return undefined;
      const counts = levels.map((level) => ({ total: value.count, within: countWithin(value, level) }));
      // Ignores histograms with other bucket edges, whose counts would not be exact.
      if (counts.some(({ within }) => Number.isNaN(within))) return undefined;
      const windows = before ?? levels.map(({ windowSeconds }) => new Window(windowSeconds * 1000));
      for (const [index, counted] of counts.entries()) windows[index]?.add(counted, point);
      return windows;
    },
    breach(series, { atLeast, share }, index, now) {
      const { total, within } = sumOf(series.map((windows) => (windows[index] as Window).countsAt(now)));
      // Rounds as the Prometheus rules do, so that 95 of 100 operations are not less than 95 %.
      const value = Math.round((within / total) * 1e6) / 1e6;
      // Without operations, there is no breach.
      return total > 0 && total >= atLeast && value < share ? value : undefined;
    },
  };
}

/** Excludes exponential histograms, since their edges do not match the limits. */
function isHistogram(value: unknown): value is HistogramValue {
  const { count, buckets } = (value ?? {}) as Partial<HistogramValue>;
  return Number.isFinite(count) && Array.isArray(buckets?.boundaries) && Array.isArray(buckets.counts);
}

/** Not a number if the target is not a bucket edge. */
function countWithin({ buckets }: HistogramValue, { withinSeconds }: LevelOf<'share-within'>): number {
  const edge = buckets.boundaries.indexOf(withinSeconds);
  return edge < 0 ? Number.NaN : buckets.counts.slice(0, edge + 1).reduce((sum, count) => sum + count, 0);
}

/** The number of all operations, and of those that reached the target. */
interface Counts {
  readonly total: number;
  readonly within: number;
}

function sumOf(counts: readonly Counts[]): Counts {
  const sum = (of: keyof Counts) => counts.reduce((all, each) => all + each[of], 0);
  return { total: sum('total'), within: sum('within') };
}

/** A window moves by a sixtieth of its length: a window of five minutes moves every five seconds. */
const STEPS = 60;

/** Counts the operations of a cumulative series in a moving window, in bounded memory. */
class Window {
  readonly #steps: { from: number; until: number; total: number; within: number }[] = [];
  #last: (Counts & { readonly timestamp: number }) | undefined;
  readonly #millis: number;

  constructor(millis: number) {
    this.#millis = millis;
  }

  /** Adds the increase since the previous collection. Times do not go back. */
  add(counts: Counts, point: WatchedPoint): void {
    const { timestamp, startMillis = 0 } = point;
    const last = this.#last;
    this.#last = { ...counts, timestamp };
    if (last === undefined && !this.#hasStarted(point)) return;
    const isReset =
      last === undefined ||
      counts.total < last.total ||
      counts.within < last.within ||
      startMillis > last.timestamp;
    // After a reset, the increase is the entire count.
    const total = counts.total - (isReset ? 0 : last.total);
    if (total <= 0) return;
    let step = this.#steps.at(-1);
    if (step === undefined || timestamp - step.from >= this.#millis / STEPS) {
      step = { from: timestamp, until: timestamp, total: 0, within: 0 };
      this.#steps.push(step);
    }
    step.until = timestamp;
    step.total += total;
    step.within += counts.within - (isReset ? 0 : last.within);
  }

  /** The operations in the window that ends now. */
  countsAt(now: number): Counts {
    while (now - (this.#steps[0]?.until ?? now) >= this.#millis) this.#steps.shift();
    return sumOf(this.#steps);
  }

  /**
   * Whether all operations that a new series counts happened within the window. True if the process was seen before, or
   * if the series started within the window. A series without a start time counts if the evaluator has already run for
   * the length of the window, as in the Prometheus rules.
   */
  #hasStarted({ timestamp, startMillis, instanceSince, watchingSince }: WatchedPoint): boolean {
    if (instanceSince < timestamp) return true;
    if (startMillis !== undefined) return timestamp - startMillis <= this.#millis;
    return timestamp - watchingSince >= this.#millis;
  }
}
