import { histogramsOf } from '../rules/histograms';
import { labelsOf } from '../rules/labels';
import type { ShareLevel, ShareRule } from '../rules/rule';
import { type Counted, increaseSince } from './counted';
import type { Breach } from './lasting-alerts';
import { countWithin, histogramOf, startMillisOf } from './metrics';
import { levelsFor, type Origin, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';
import { WindowedShare } from './windowed-share';

interface Watched {
  readonly subject: Subject;
  readonly levels: readonly { readonly level: ShareLevel; readonly share: WindowedShare }[];
  toldAt: number;
}

interface Series {
  readonly watched: Watched;
  last: Counted;
}

/** Shares of a histogram: its series only as far as they were read last, the window by subject. */
export class ShareWatcher implements Watcher {
  readonly metric: string;
  dropped = 0;
  readonly #series = new Map<string, Series>();
  readonly #watched = new Map<string, Watched>();
  readonly #forgetMillis: number;

  constructor(
    readonly rule: ShareRule,
    private readonly kept: Kept,
  ) {
    const windows = rule.variants.flatMap(({ levels }) => levels).map(windowMillis);
    this.#forgetMillis = Math.max(kept.staleMillis, ...windows);
    // A rule of two histograms is refused where thresholds are read.
    this.metric = histogramsOf(rule.operations)[0]?.name ?? '';
  }

  take(watchedPoint: WatchedPoint): void {
    const { resource, point, key, timestamp } = watchedPoint;
    const histogram = histogramOf(point);
    if (histogram === undefined) return;
    const series = this.#series.get(key);
    if (series === undefined && Math.max(this.#series.size, this.#watched.size) >= this.kept.most) {
      this.dropped++;
      return;
    }
    const watched = series?.watched ?? this.#watch({ resource, attributes: point.attributes }, timestamp);
    const within = watched.levels.map(
      ({ level }) => countWithin(histogram, level.withinSeconds) ?? Number.NaN,
    );
    // Other edges than ours: no number of it is exact.
    if (!within.every(Number.isFinite)) return;
    const now: Counted = { total: histogram.count, within, startMillis: startMillisOf(point), timestamp };
    for (const [index, { level, share }] of watched.levels.entries()) {
      if (series === undefined && !isBornWithin(windowMillis(level), now, watchedPoint)) continue;
      const increase = series === undefined ? now : increaseSince(series.last, now);
      share.add(increase.total, increase.within[index] ?? 0, timestamp);
    }
    watched.toldAt = timestamp;
    if (series === undefined) this.#series.set(key, { watched, last: now });
    else series.last = now;
  }

  breaches(timestamp: number): readonly Breach[] {
    forget(this.#series, ({ last }) => timestamp - last.timestamp >= this.#forgetMillis);
    forget(this.#watched, ({ toldAt }) => timestamp - toldAt >= this.#forgetMillis);
    return Array.from(this.#watched.values()).flatMap(({ subject, levels }) =>
      levels.flatMap(({ level, share }) => {
        const { total, share: value } = share.at(timestamp);
        // A target of 100 % of nothing is reached.
        return total > 0 && total >= level.atLeast && value < level.share ? [{ subject, level, value }] : [];
      }),
    );
  }

  #watch(origin: Origin, timestamp: number): Watched {
    const subject = subjectOf(labelsOf(this.rule), origin);
    const known = this.#watched.get(subject.key);
    if (known !== undefined) return known;
    const levels = levelsFor(this.rule.variants, origin).map((level) => ({
      level,
      share: new WindowedShare(windowMillis(level)),
    }));
    const watched = { subject, levels, toldAt: timestamp };
    this.#watched.set(subject.key, watched);
    return watched;
  }
}

/**
 * Whether all that a series counts when it is seen first came within the window: it is born with what it counts
 * already. Of a process that was heard before it is new; of another its start says so, and without one, that the
 * process is new to somebody who listens for long enough (as the rules for Prometheus take it).
 */
function isBornWithin(
  windowMillis: number,
  { startMillis, timestamp }: Counted,
  told: WatchedPoint,
): boolean {
  if (told.instanceSince < timestamp) return true;
  if (startMillis !== undefined) return timestamp - startMillis <= windowMillis;
  return timestamp - told.watchingSince >= windowMillis;
}

function windowMillis({ windowSeconds }: ShareLevel): number {
  return windowSeconds * 1000;
}

function forget<Value>(map: Map<string, Value>, isStale: (value: Value) => boolean): void {
  for (const [key, value] of map) if (isStale(value)) map.delete(key);
}
