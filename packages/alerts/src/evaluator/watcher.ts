import type { GaugeRule, GaugeWatch, Level, LevelOf, Rule, RuleOf, Watch } from '../rules/rule';
import { TIMES } from '../rules/times';
import { annotationsOf, gaugeOf, isGaugeRule, levelLabels, valueText } from '../rules/watch';
import { REPORTED_METRIC } from '../rules/watch/missing-telemetry';
import type { Alert, Candidate, Worst } from './alert';
import type { Bounds } from './evaluator';
import { readingOfShare } from './share';
import { type Origin, type Subject, subjectOf } from './subject';

/** A point of the metric that a rule watches. */
export interface WatchedPoint extends Origin {
  readonly value: unknown;
  /** The start of a cumulative point. */
  readonly startMillis: number | undefined;
  readonly isCumulative: boolean;
  /** Identifies the series. */
  readonly key: string;
  readonly timestamp: number;
  /** When the first metrics of the process arrived. */
  readonly instanceSince: number;
  /** When the first metrics of any process arrived. */
  readonly watchingSince: number;
}

/** How a rule evaluates a metric. */
export interface Reading<L, State> {
  /** The name of the metric in OpenTelemetry. */
  readonly metric: string;
  /** Which of two values is worse. */
  readonly worst: Worst;
  /** A series that is not collected for this long is forgotten. */
  readonly forgetMillis: number;
  /** Whether all series of a subject are kept as one. */
  readonly isOfSubject?: true;
  /** The state of a series after a point. Undefined if the point has no value that the rule can evaluate. */
  next(point: WatchedPoint, levels: readonly L[], before: State | undefined): State | undefined;
  /** The value of a subject with these series if it exceeds a level, or falls below it. */
  breach(states: readonly State[], level: L, index: number, now: number): number | undefined;
}

/** Returns the watcher of a rule on metrics; undefined for other rules. */
export function watcherOf(rule: Rule, bounds: Bounds) {
  if (isGaugeRule(rule)) return watch<GaugeWatch, number>(rule, bounds, readingOfGauge(rule, bounds));
  if (rule.watch === 'share-within') return watch(rule, bounds, readingOfShare(rule, bounds));
  if (rule.watch === 'missing-telemetry') return watch(rule, bounds, readingOfReports(bounds));
  return undefined;
}

/** If several processes report a gauge, the worst value counts. */
function readingOfGauge(rule: GaugeRule, bounds: Bounds): Reading<LevelOf<GaugeWatch>, number> {
  const { metric, worst, condition } = gaugeOf<GaugeWatch>(rule);
  return {
    metric,
    worst,
    forgetMillis: bounds.staleSeconds * 1000,
    next: numberIn,
    breach(values, level) {
      const { is, value: limit } = condition(level);
      const value = values.reduce((one, other) => Math[worst](one, other));
      return (is === '==' ? value === limit : value > limit) ? value : undefined;
    },
  };
}

/** A service has stopped reporting the limits of its pools. If it ends its pools, it reports 0 last. */
function readingOfReports(
  bounds: Bounds,
): Reading<Level, { readonly limit: number; readonly seenAt: number }> {
  return {
    metric: REPORTED_METRIC,
    worst: 'max',
    forgetMillis: TIMES.serviceForgotten * 1000,
    isOfSubject: true,
    next(point, _levels, before) {
      const limit = numberIn(point);
      if (limit === undefined) return undefined;
      const others = before?.seenAt === point.timestamp ? before.limit : 0;
      return { limit: Math.max(limit, others), seenAt: point.timestamp };
    },
    breach([service], _level, _index, now) {
      const isMissing = service !== undefined && now - service.seenAt >= bounds.staleSeconds * 1000;
      return isMissing && service.limit > 0 ? service.limit : undefined;
    },
  };
}

function numberIn({ value }: WatchedPoint): number | undefined {
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

/** Keeps the states of all series of a rule, and evaluates those of a subject together. */
function watch<W extends Watch, State>(
  rule: RuleOf<W>,
  { maxSeries, dropped }: Bounds,
  { metric, worst, forgetMillis, isOfSubject, next, breach }: Reading<LevelOf<W>, State>,
) {
  const series = new Map<string, { subject: Subject<LevelOf<W>>; state: State; seenAt: number }>();
  return {
    metric,
    take(point: WatchedPoint): void {
      const key = isOfSubject ? subjectOf(rule, point).key : point.key;
      const known = series.get(key);
      const subject = known?.subject ?? subjectOf(rule, point);
      const state = next(point, subject.levels, known?.state);
      if (state === undefined) return;
      if (known === undefined && series.size >= maxSeries) dropped.points++;
      else if (known === undefined) series.set(key, { subject, state, seenAt: point.timestamp });
      else Object.assign(known, { state, seenAt: point.timestamp });
    },
    /** Returns the alerts whose conditions hold, and forgets series that have expired. */
    holding(now: number): Candidate[] {
      const subjects = new Map<string, { subject: Subject<LevelOf<W>>; states: State[] }>();
      for (const [key, { subject, state, seenAt }] of series) {
        if (now - seenAt >= forgetMillis) {
          series.delete(key);
          continue;
        }
        const known = subjects.get(subject.key);
        if (known === undefined) subjects.set(subject.key, { subject, states: [state] });
        else known.states.push(state);
      }
      return Array.from(subjects.values()).flatMap(({ subject, states }) =>
        subject.levels.flatMap((level, index) => {
          const value = breach(states, level, index, now);
          if (value === undefined) return [];
          const create = () => alertOf(rule as Rule, level, subject, value, now);
          return [{ key: subject.key, level, worst, create }];
        }),
      );
    },
  };
}

/** The alert of a level whose condition begins to hold. */
function alertOf(rule: Rule, level: Level, { labels }: Subject<Level>, value: number, now: number): Alert {
  const annotations = annotationsOf(rule, level);
  // The same formats as the templates of the Prometheus rules.
  const text = valueText(rule, level, {
    percent: `${Number((value * 100).toPrecision(4))}%`,
    seconds: `${value.toFixed(3)} s`,
    count: value.toFixed(0),
  });
  return {
    state: 'pending',
    rule,
    level,
    labels: { alertname: rule.name, ...levelLabels(level, 'metrics'), ...labels },
    annotations: { ...annotations, value: text },
    value,
    peak: value,
    startsAt: now,
    endsAt: undefined,
  };
}
