import { SEVERITIES, type Thresholds } from '../rules/rule';
import { TIMES } from '../rules/times';
import { isEventRule } from '../rules/watch';
import { activeAlerts } from './active-alerts';
import type { Alert, AlertChange } from './alert';
import { alertsOfEvent, type ObservedEvent } from './event';
import { type CollectedMetrics, instancesSince, seriesKey } from './metrics';
import { watcherOf } from './watcher';

/** Limits of the data that the evaluator keeps. It drops and counts the excess (`dropped`). */
export interface EvaluatorOptions {
  /** The maximum number of alerts for each rule and severity. Warnings do not displace critical alerts. Default: 1000. */
  readonly maxAlerts?: number;
  /** The maximum number of series for each rule. Default: 5000. */
  readonly maxSeries?: number;
  /** A metric that is not collected for this long expires. Use at least three collection intervals. Default: 60, as in the collector. */
  readonly staleSeconds?: number;
  /** The maximum number of changes kept between calls of `changes`. The oldest are dropped. Default: 1000. */
  readonly maxChanges?: number;
}

/** The number of dropped items since the evaluator was created. */
export interface Dropped {
  /** Events and breaches beyond `maxAlerts`. */
  readonly alerts: number;
  /** Points beyond `maxSeries`. */
  readonly points: number;
  /** Changes beyond `maxChanges`. */
  readonly changes: number;
}

/** The limits with their defaults, and what has been dropped because of them. */
export interface Bounds extends Required<EvaluatorOptions> {
  readonly dropped: { -readonly [Item in keyof Dropped]: number };
}

/**
 * Evaluates rules on events and metrics. The caller passes all times, in milliseconds since the epoch: the evaluator reads
 * no clock. A time before the previous one counts as the previous one.
 */
export interface Evaluator {
  /** Adds a log event of the instrumentation. */
  event(event: ObservedEvent): void;
  /** Adds one collection of the metrics of one process, and evaluates the rules. */
  collect(metrics: CollectedMetrics, timestamp: number): void;
  /** Evaluates the rules, and returns the alerts that fire or are pending. */
  alerts(timestamp: number): readonly Alert[];
  /** Evaluates the rules, and returns the alerts that began to fire or ended since the last call. */
  changes(timestamp: number): readonly AlertChange[];
  dropped(): Dropped;
  /** One sentence for each rule that the evaluator cannot evaluate, with the reason. */
  readonly notes: readonly string[];
}

/**
 * Evaluates thresholds in process, with the same results as collector, bridge and Prometheus (docs/reference/evaluator.md).
 *
 * @throws {TypeError} from its methods, for a time that is not a number
 * @example
 * const evaluator = createEvaluator(parseThresholds(text));
 * evaluator.event({ name: 'pg_otel.operation.slow', timestamp: Date.now(), resource, attributes });
 * const firing = evaluator.alerts(Date.now()).filter(({ state }) => state === 'firing');
 */
export function createEvaluator({ rules }: Thresholds, options: EvaluatorOptions = {}): Evaluator {
  const {
    maxAlerts = 1000,
    maxSeries = 5000,
    maxChanges = 1000,
    staleSeconds = TIMES.metricExpires,
  } = options;
  const dropped = { alerts: 0, points: 0, changes: 0 };
  const bounds: Bounds = { maxAlerts, maxSeries, maxChanges, staleSeconds, dropped };
  const instanceSince = instancesSince(bounds);
  const changes: AlertChange[] = [];
  const evaluated = rules.flatMap((rule) => {
    const watcher = watcherOf(rule, bounds);
    if (watcher === undefined && !isEventRule(rule)) return [];
    const create = () => activeAlerts(bounds, record);
    return [{ rule, watcher, alerts: { info: create(), warning: create(), critical: create() } }];
  });
  let now = 0;
  let watchingSince: number | undefined;

  function record(change: AlertChange): void {
    changes.push(change);
    if (changes.length <= maxChanges) return;
    changes.shift();
    dropped.changes++;
  }

  function evaluate(timestamp: number): void {
    now = Math.max(now, checkedTime(timestamp));
    for (const { watcher, alerts } of evaluated) {
      // Alerts of events have no watcher: they only end.
      const holding = watcher?.holding(now) ?? [];
      for (const severity of SEVERITIES) {
        alerts[severity].evaluate(
          holding.filter(({ level }) => level.severity === severity),
          now,
        );
      }
    }
  }

  return {
    notes: rules.flatMap((rule) => {
      if (evaluated.some((one) => one.rule === rule)) return [];
      const reason = `${rule.watch} needs metrics of the collector or the bridge, which only Prometheus has`;
      return [`${rule.name} is not evaluated in process: ${reason}.`];
    }),
    event(event) {
      checkedTime(event.timestamp);
      for (const { rule, alerts } of evaluated) {
        if (!isEventRule(rule)) continue;
        for (const candidate of alertsOfEvent(rule, event)) {
          alerts[candidate.level.severity].add(candidate, event.timestamp);
        }
      }
    },
    collect({ resource, scopeMetrics }, timestamp) {
      now = Math.max(now, checkedTime(timestamp));
      watchingSince ??= now;
      const instance = seriesKey(resource.attributes);
      const seen = { instanceSince: instanceSince(instance, now), watchingSince, timestamp: now };
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        const watchers = evaluated.filter(({ watcher }) => watcher?.metric === metric.descriptor.name);
        if (watchers.length === 0) continue;
        const isCumulative = metric.aggregationTemporality !== 0;
        for (const { attributes, startTime, value } of metric.dataPoints) {
          const key = instance + seriesKey(attributes);
          const startMillis = startTime && startTime[0] * 1000 + startTime[1] / 1e6;
          const point = {
            resource: resource.attributes,
            attributes,
            startMillis,
            value,
            key,
            isCumulative,
            ...seen,
          };
          for (const { watcher } of watchers) watcher?.take(point);
        }
      }
      evaluate(now);
    },
    alerts(timestamp) {
      evaluate(timestamp);
      return evaluated.flatMap(({ alerts }) => SEVERITIES.flatMap((severity) => alerts[severity].alerts()));
    },
    changes(timestamp) {
      evaluate(timestamp);
      return changes.splice(0).sort((one, other) => one.timestamp - other.timestamp);
    },
    dropped: () => ({ ...dropped }),
  };
}

function checkedTime(timestamp: number): number {
  if (Number.isFinite(timestamp)) return timestamp;
  throw new TypeError(`A time must be milliseconds since the epoch, got ${timestamp}`);
}
