import { EVENTS, isEventRule } from '../rules/events';
import { labelsOf } from '../rules/labels';
import { type Rule, SEVERITIES, type Severity, type Thresholds } from '../rules/rule';
import { type Alert, type AlertChange, labelsOfAlert } from './alert';
import { breachedLevels, type ObservedEvent } from './event';
import { History } from './history';
import { Instances } from './instances';
import { LastingAlerts } from './lasting-alerts';
import { type CollectedMetrics, isDelta, seriesKey } from './metrics';
import { subjectOf } from './subject';
import { ToldAlerts } from './told-alerts';
import { isMetricRule, watcherOf } from './watchers';

/** Bounds: what comes beyond them is left out and counted (`dropped`). */
export interface EvaluatorOptions {
  /** Most alerts of one rule and severity at a time, so that warnings take nothing from what is critical. Default: 1000. */
  readonly maxAlerts?: number;
  /** Most series that are kept for one rule. Default: 5000. */
  readonly maxSeries?: number;
  /** What is not told for so long is gone: at least three collections. Default: 60, as the collector's exporter has it. */
  readonly staleSeconds?: number;
  /** Most changes that are kept until `changes` is called; the oldest go first. Default: 1000. */
  readonly maxChanges?: number;
}

/** What was left out since the evaluator was made. */
export interface Dropped {
  /** Events and breaches beyond `maxAlerts`. */
  readonly alerts: number;
  /** Points beyond `maxSeries`. */
  readonly points: number;
  readonly changes: number;
}

/**
 * Times are milliseconds since the epoch, and the caller's: nothing here reads a clock. They do not go back: an
 * earlier one than the one before is taken as that one.
 */
export interface Evaluator {
  /** Takes a log event of the instrumentation. */
  event(event: ObservedEvent): void;
  /** Takes a collection of one process' metrics, and evaluates. */
  collect(metrics: CollectedMetrics, timestamp: number): void;
  /** Evaluates, and answers what fires and what is pending. */
  alerts(timestamp: number): readonly Alert[];
  /** Evaluates, and answers what began to fire and what has ended since this was called last, each once. */
  changes(timestamp: number): readonly AlertChange[];
  dropped(): Dropped;
  /** Rules of the thresholds that this does not evaluate, and why. Sentences. */
  readonly notes: readonly string[];
}

/**
 * Evaluates thresholds in the process, as collector, bridge and Prometheus do together: docs/reference/evaluator.md.
 *
 * @throws {TypeError} from its methods, for a time that is no number
 * @example
 * const evaluator = createEvaluator(parseThresholds(text));
 * evaluator.event({ name: 'pg_otel.operation.slow', timestamp: Date.now(), resource, attributes });
 * const firing = evaluator.alerts(Date.now()).filter(({ state }) => state === 'firing');
 */
export function createEvaluator(thresholds: Thresholds, options: EvaluatorOptions = {}): Evaluator {
  const { maxAlerts = 1000, maxSeries = 5000, maxChanges = 1000, staleSeconds = 60 } = options;
  const { rules } = thresholds;
  const history = new History(maxChanges);
  const told = rules.filter(isEventRule).map((rule) => ({
    rule,
    alerts: bySeverity(() => new ToldAlerts(maxAlerts, history)),
  }));
  const lasting = rules.filter(isMetricRule).map((rule) => ({
    watcher: watcherOf(rule, { most: maxSeries, staleMillis: staleSeconds * 1000 }),
    alerts: bySeverity(() => new LastingAlerts(rule, maxAlerts, history)),
  }));
  const all = [...told, ...lasting].flatMap(({ alerts }) => Object.values(alerts));
  const instances = new Instances(maxSeries);
  let now = 0;

  function evaluate(timestamp: number): void {
    now = Math.max(now, checkedTime(timestamp));
    for (const { alerts } of told) for (const each of Object.values(alerts)) each.evaluate(now);
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
    notes: rules.filter((rule) => !isEventRule(rule) && !isMetricRule(rule)).map(noteOf),
    event(event) {
      checkedTime(event.timestamp);
      for (const { rule, alerts } of told) {
        if (EVENTS[rule.watch].name !== event.name) continue;
        for (const level of breachedLevels(rule, event)) {
          const labels = labelsOfAlert(rule, level, 'logs', subjectOf(labelsOf(rule), event));
          alerts[level.severity].tell(rule, level, labels, event);
        }
      }
    },
    collect({ resource, scopeMetrics }, timestamp) {
      now = Math.max(now, checkedTime(timestamp));
      const instance = seriesKey(resource.attributes);
      const since = instances.heard(instance, now);
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        const watchers = lasting.filter(
          ({ watcher }) =>
            watcher.metric === metric.descriptor.name &&
            !(watcher.rule.watch === 'share-within' && isDelta(metric)),
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

function bySeverity<Alerts>(made: () => Alerts): Readonly<Record<Severity, Alerts>> {
  return { info: made(), warning: made(), critical: made() };
}

function noteOf({ name, watch }: Rule): string {
  return `${name} is not evaluated in process: ${watch} is about the collector and the bridge, which only Prometheus sees.`;
}

function checkedTime(timestamp: number): number {
  if (Number.isFinite(timestamp)) return timestamp;
  throw new TypeError(`A time must be milliseconds since the epoch, got ${timestamp}`);
}

function sum(counting: readonly { readonly dropped: number }[]): number {
  return counting.reduce((total, { dropped }) => total + dropped, 0);
}
