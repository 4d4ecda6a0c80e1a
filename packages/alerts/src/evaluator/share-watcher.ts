import { histogramOf } from '../rules/histograms';
import { type LevelOf, levelsOf, type RuleOf } from '../rules/rule';
import { labelsOf } from '../rules/watch';
import { type Counted, increaseSince } from './counted';
import type { Breach } from './lasting-alerts';
import { countWithin, histogramIn, startMillisOf } from './metrics';
import { levelsFor, type Origin, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';
import { WindowedShare } from './windowed-share';

interface Watched {
  readonly subject: Subject;
  readonly levels: readonly { readonly level: LevelOf<'share-within'>; readonly share: WindowedShare }[];
  seenAt: number;
}

interface Series {
  readonly watched: Watched;
  last: Counted;
}

/** Watches a share of a histogram. Keeps the last counts of each series and the window of each subject. */
export class ShareWatcher implements Watcher {
  readonly metric: string;
  dropped = 0;
  readonly #series = new Map<string, Series>();
  readonly #watched = new Map<string, Watched>();
  readonly #forgetMillis: number;
  readonly #rule: RuleOf<'share-within'>;
  readonly #kept: Kept;

  constructor(rule: RuleOf<'share-within'>, kept: Kept) {
    this.#rule = rule;
    this.#kept = kept;
    this.#forgetMillis = Math.max(kept.staleMillis, ...levelsOf(rule).map(windowMillis));
    this.metric = histogramOf(rule).name;
  }

  take(watchedPoint: WatchedPoint): void {
    const { resource, point, key, timestamp } = watchedPoint;
    const histogram = histogramIn(point);
    if (histogram === undefined) return;
    const series = this.#series.get(key);
    if (series === undefined && Math.max(this.#series.size, this.#watched.size) >= this.#kept.most) {
      this.dropped++;
      return;
    }
    const watched = series?.watched ?? this.#watch({ resource, attributes: point.attributes }, timestamp);
    const within = watched.levels.map(
      ({ level }) => countWithin(histogram, level.withinSeconds) ?? Number.NaN,
    );
    // Ignores histograms with other bucket edges, whose counts would not be exact.
    if (!within.every(Number.isFinite)) return;
    const now: Counted = { total: histogram.count, within, startMillis: startMillisOf(point), timestamp };
    for (const [index, { level, share }] of watched.levels.entries()) {
      if (series === undefined && !hasStartedWithin(windowMillis(level), now, watchedPoint)) continue;
      const increase = series === undefined ? now : increaseSince(series.last, now);
      share.add(increase.total, increase.within[index] ?? 0, timestamp);
    }
    watched.seenAt = timestamp;
    if (series === undefined) this.#series.set(key, { watched, last: now });
    else series.last = now;
  }

  breaches(timestamp: number): readonly Breach[] {
    forget(this.#series, ({ last }) => timestamp - last.timestamp >= this.#forgetMillis);
    forget(this.#watched, ({ seenAt }) => timestamp - seenAt >= this.#forgetMillis);
    return Array.from(this.#watched.values()).flatMap(({ subject, levels }) =>
      levels.flatMap(({ level, share }) => {
        const { total, share: value } = share.at(timestamp);
        // Without operations, there is no breach.
        return total > 0 && total >= level.atLeast && value < level.share ? [{ subject, level, value }] : [];
      }),
    );
  }

  #watch(origin: Origin, timestamp: number): Watched {
    const subject = subjectOf(labelsOf(this.#rule), origin);
    const known = this.#watched.get(subject.key);
    if (known !== undefined) return known;
    const levels = levelsFor(this.#rule.variants, origin).map((level) => ({
      level,
      share: new WindowedShare(windowMillis(level)),
    }));
    const watched = { subject, levels, seenAt: timestamp };
    this.#watched.set(subject.key, watched);
    return watched;
  }
}

/**
 * Whether all operations that a new series counts happened within the window. True if the process was seen before, or if
 * the series started within the window. A series without a start time counts if the evaluator has already run for the
 * length of the window, as in the Prometheus rules.
 */
function hasStartedWithin(
  windowMillis: number,
  { startMillis, timestamp }: Counted,
  { instanceSince, watchingSince }: WatchedPoint,
): boolean {
  if (instanceSince < timestamp) return true;
  if (startMillis !== undefined) return timestamp - startMillis <= windowMillis;
  return timestamp - watchingSince >= windowMillis;
}

function windowMillis({ windowSeconds }: LevelOf<'share-within'>): number {
  return windowSeconds * 1000;
}

function forget<Value>(map: Map<string, Value>, isStale: (value: Value) => boolean): void {
  for (const [key, value] of map) if (isStale(value)) map.delete(key);
}
