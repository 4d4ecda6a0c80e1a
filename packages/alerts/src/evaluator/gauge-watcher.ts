import type { GaugeRule, LevelOf } from '../rules/rule';
import { gaugeOf, labelsOf } from '../rules/watch';
import type { Gauge } from '../rules/watch/definition';
import type { Breach } from './lasting-alerts';
import { numberOf } from './metrics';
import { levelsFor, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';

type GaugeLevel = LevelOf<GaugeRule['watch']>;

interface Series {
  readonly subject: Subject;
  readonly levels: readonly GaugeLevel[];
  value: number;
  seenAt: number;
}

/** Watches a gauge of pools. If several instances report it, the worst value counts. */
export class GaugeWatcher implements Watcher {
  readonly metric: string;
  dropped = 0;
  readonly #series = new Map<string, Series>();
  readonly #gauge: Gauge;
  readonly #rule: GaugeRule;
  readonly #kept: Kept;

  constructor(rule: GaugeRule, kept: Kept) {
    this.#rule = rule;
    this.#kept = kept;
    this.#gauge = gaugeOf(rule);
    this.metric = this.#gauge.metric;
  }

  take({ resource, point, key, timestamp }: WatchedPoint): void {
    const value = numberOf(point);
    if (value === undefined) return;
    const series = this.#series.get(key);
    if (series !== undefined) {
      series.value = value;
      series.seenAt = timestamp;
    } else if (this.#series.size >= this.#kept.most) this.dropped++;
    else {
      const origin = { resource, attributes: point.attributes };
      this.#series.set(key, {
        subject: subjectOf(labelsOf(this.#rule), origin),
        levels: levelsFor<GaugeLevel>(this.#rule.variants, origin),
        value,
        seenAt: timestamp,
      });
    }
  }

  breaches(timestamp: number): readonly Breach[] {
    const found = new Map<string, Breach>();
    for (const [key, { subject, levels, value, seenAt }] of this.#series) {
      if (timestamp - seenAt >= this.#kept.staleMillis) {
        this.#series.delete(key);
        continue;
      }
      for (const level of levels) {
        const { is, value: limit } = this.#gauge.condition(level);
        if (is === '==' ? value !== limit : value <= limit) continue;
        const one = `${level.severity} ${subject.key}`;
        const other = found.get(one);
        if (other === undefined || other.value < value) found.set(one, { subject, level, value });
      }
    }
    return [...found.values()];
  }
}
