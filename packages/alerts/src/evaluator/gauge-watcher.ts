import { labelsOf } from '../rules/labels';
import type { LevelBase, PoolRule, UnhealthyRule } from '../rules/rule';
import type { Breach } from './lasting-alerts';
import { gaugeOf } from './metrics';
import { levelsFor, type Subject, subjectOf } from './subject';
import type { Kept, WatchedPoint, Watcher } from './watcher';

interface Gauge {
  readonly metric: string;
  isBreach(value: number, level: LevelBase): boolean;
}

const over = (value: number, level: LevelBase) =>
  value > (level as PoolRule['variants'][0]['levels'][0]).over;

const GAUGES: Readonly<Record<(PoolRule | UnhealthyRule)['watch'], Gauge>> = {
  'pool-utilization': { metric: 'pg_otel.connection.utilization', isBreach: over },
  'pool-waiting': { metric: 'pg_otel.connection.pending.oldest', isBreach: over },
  'pool-unhealthy': { metric: 'pg_otel.connection.health', isBreach: (value) => value === 0 },
};

interface Series {
  readonly subject: Subject;
  readonly levels: readonly LevelBase[];
  value: number;
  toldAt: number;
}

/** The state of pools: that of the worst instance counts. */
export class GaugeWatcher implements Watcher {
  readonly metric: string;
  dropped = 0;
  readonly #series = new Map<string, Series>();
  readonly #gauge: Gauge;

  constructor(
    readonly rule: PoolRule | UnhealthyRule,
    private readonly kept: Kept,
  ) {
    this.#gauge = GAUGES[rule.watch];
    this.metric = this.#gauge.metric;
  }

  take({ resource, point, key, timestamp }: WatchedPoint): void {
    const value = gaugeOf(point);
    if (value === undefined) return;
    const series = this.#series.get(key);
    if (series !== undefined) {
      series.value = value;
      series.toldAt = timestamp;
    } else if (this.#series.size >= this.kept.most) this.dropped++;
    else {
      const origin = { resource, attributes: point.attributes };
      this.#series.set(key, {
        subject: subjectOf(labelsOf(this.rule), origin),
        levels: levelsFor<LevelBase>(this.rule.variants, origin),
        value,
        toldAt: timestamp,
      });
    }
  }

  breaches(timestamp: number): readonly Breach[] {
    const found = new Map<string, Breach>();
    for (const [key, { subject, levels, value, toldAt }] of this.#series) {
      if (timestamp - toldAt >= this.kept.staleMillis) {
        this.#series.delete(key);
        continue;
      }
      for (const level of levels) {
        if (!this.#gauge.isBreach(value, level)) continue;
        const one = `${level.severity} ${subject.key}`;
        const other = found.get(one);
        if (other === undefined || other.value < value)
          found.set(one, { subject, level: level as Breach['level'], value });
      }
    }
    return [...found.values()];
  }
}
