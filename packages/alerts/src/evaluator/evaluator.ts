import { type Rule, SEVERITIES, type Severity, type Thresholds } from '../rules/rule';
import { TIMES } from '../rules/times';
import { eventOf, isEventRule, labelsOf } from '../rules/watch';
import type { Alert, AlertChange } from './alert';
import { breachedLevels, type ObservedEvent } from './event';
import { EventAlerts } from './event-alerts';
import { History } from './history';
import { Instances } from './instances';
import { LastingAlerts, labelsOfAlert } from './lasting-alerts';
import { type CollectedMetrics, isDelta, seriesKey } from './metrics';
import { subjectOf } from './subject';
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
  const history = new History(maxChanges);
  const ofEvents = rules.filter(isEventRule).map((rule) => ({
    rule,
    alerts: bySeverity(() => new EventAlerts(rule, maxAlerts, history)),
  }));
  const lasting = rules.flatMap((rule) => {
    const watcher = watcherOf(rule, { most: maxSeries, staleMillis: staleSeconds * 1000 });
    if (watcher === undefined) return [];
    return { rule, watcher, alerts: bySeverity(() => new LastingAlerts(rule, maxAlerts, history)) };
  });
  const all = [...ofEvents, ...lasting].flatMap(({ alerts }) => Object.values(alerts));
  const evaluated = new Set<Rule>([...ofEvents, ...lasting].map(({ rule }) => rule));
  const instances = new Instances(maxSeries);
  let now = 0;

  function evaluate(timestamp: number): void {
    now = Math.max(now, checkedTime(timestamp));
    for (const { alerts } of ofEvents) for (const each of Object.values(alerts)) each.evaluate(now);
    for (const { watcher, alerts } of lasting) {
      const breaches = watcher.breaches(now);
      for (const severity of SEVERITIES) {
        alerts[severity].evaluate(
          breaches.filter(({ level }) => level.severity === severity),
          now,
        );
      }
    }
  }

  return {
    notes: rules.filter((rule) => !evaluated.has(rule)).map(noteOf),
    event(event) {
      checkedTime(event.timestamp);
      for (const { rule, alerts } of ofEvents) {
        if (eventOf(rule).name !== event.name) continue;
        for (const level of breachedLevels(rule, event)) {
          const labels = labelsOfAlert(rule, level, 'logs', subjectOf(labelsOf(rule), event));
          alerts[level.severity].add(level, labels, event);
        }
      }
    },
    collect({ resource, scopeMetrics }, timestamp) {
      now = Math.max(now, checkedTime(timestamp));
      const instance = seriesKey(resource.attributes);
      const since = instances.seen(instance, now);
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        const watchers = lasting.filter(
          ({ rule, watcher }) =>
            watcher.metric === metric.descriptor.name && !(rule.watch === 'share-within' && isDelta(metric)),
        );
        if (watchers.length === 0) continue;
        for (const point of metric.dataPoints) {
          const key = instance + seriesKey(point.attributes);
          for (const { watcher } of watchers) {
            watcher.take({ resource: resource.attributes, point, key, timestamp: now, ...since });
          }
        }
      }
      evaluate(now);
    },
    alerts(timestamp) {
      evaluate(timestamp);
      return all.flatMap((alerts) => alerts.alerts());
    },
    changes(timestamp) {
      evaluate(timestamp);
      return history.take();
    },
    dropped: () => ({
      alerts: sum(all),
      points: sum(lasting.map(({ watcher }) => watcher)),
      changes: history.dropped,
    }),
  };
}

function bySeverity<Alerts>(create: () => Alerts): Readonly<Record<Severity, Alerts>> {
  return { info: create(), warning: create(), critical: create() };
}

function noteOf({ name, watch }: Rule): string {
  return `${name} is not evaluated in process: ${watch} needs metrics of the collector or the bridge, which only Prometheus has.`;
}

function checkedTime(timestamp: number): number {
  if (Number.isFinite(timestamp)) return timestamp;
  throw new TypeError(`A time must be milliseconds since the epoch, got ${timestamp}`);
}

function sum(counting: readonly { readonly dropped: number }[]): number {
  return counting.reduce((total, { dropped }) => total + dropped, 0);
}
