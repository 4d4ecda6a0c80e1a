import { type DashboardName, histogramOf } from '../histograms';
import type { SubjectLabel } from '../labels';
import type {
  EventRule,
  EventWatch,
  GaugeRule,
  GaugeWatch,
  Level,
  OperationKind,
  Rule,
  RuleOf,
  Watch,
} from '../rule';
import type {
  EventDefinition,
  EventSource,
  Gauge,
  GaugeDefinition,
  ValueFormat,
  WatchDefinition,
} from './definition';
import { failedOperation } from './failed-operation';
import { heldConnection } from './held-connection';
import { missingTelemetry } from './missing-telemetry';
import { bridgeUndelivered, collectorFailed, collectorQueue, collectorRefused } from './pipeline';
import { poolUnhealthy, poolUtilization, poolWaiting } from './pools';
import { shareWithin } from './share-within';
import { slowOperation } from './slow-operation';

const EVENTS: { readonly [W in EventWatch]: EventDefinition<W> } = {
  'slow-operation': slowOperation,
  'failed-operation': failedOperation,
  'held-connection': heldConnection,
};

const GAUGES: { readonly [W in GaugeWatch]: GaugeDefinition<W> } = {
  'pool-utilization': poolUtilization,
  'pool-waiting': poolWaiting,
  'pool-unhealthy': poolUnhealthy,
};

export const WATCHES: { readonly [W in Watch]: WatchDefinition<W> } = {
  ...EVENTS,
  'share-within': shareWithin,
  ...GAUGES,
  'missing-telemetry': missingTelemetry,
  'collector-queue': collectorQueue,
  'collector-refused': collectorRefused,
  'collector-failed': collectorFailed,
  'bridge-undelivered': bridgeUndelivered,
};

export const isEventRule = (rule: Rule): rule is EventRule => Object.hasOwn(EVENTS, rule.watch);
export const isGaugeRule = (rule: Rule): rule is GaugeRule => Object.hasOwn(GAUGES, rule.watch);

interface Of<W> {
  readonly watch: W;
}
export const definitionOf = <W extends Watch>({ watch }: Of<W>): WatchDefinition<W> => WATCHES[watch];
export const eventOf = <W extends EventWatch>({ watch }: Of<W>): EventSource<W> => EVENTS[watch].event;
/** The names of the events that rules of a `watch` read. */
export function eventNames({ name, update }: Pick<EventSource<EventWatch>, 'name' | 'update'>): string[] {
  return update === undefined ? [name] : [name, update];
}
/** The events that update alerts: they count no breach. */
export const UPDATES: readonly string[] = Object.values(EVENTS).flatMap(({ event }) => event.update ?? []);
export const gaugeOf = <W extends GaugeWatch>({ watch }: Of<W>): Gauge<W> => GAUGES[watch].gauge;

/** The labels that identify the subject of an alert, such as service, database and pool. */
export const labelsOf = (rule: RuleOf<Watch>): readonly SubjectLabel[] => definitionOf(rule).labels(rule);

/** The annotations that depend only on rule and level. Collector, Prometheus and evaluator set the same ones. */
export function annotationsOf(rule: RuleOf<Watch>, level: Level): Record<string, string> {
  const { summary, description } = definitionOf(rule);
  const { runbookUrl, dashboardUrl } = level;
  return {
    summary: summary(level, rule),
    description: typeof description === 'string' ? description : description(rule),
    ...(runbookUrl === undefined ? {} : { runbook_url: runbookUrl }),
    ...(dashboardUrl === undefined ? {} : { dashboard_url: dashboardUrl }),
  };
}

/** The labels that depend only on the level, without `alertname`. */
export function levelLabels(level: Level, signal: 'logs' | 'metrics'): Record<string, string> {
  const { severity, receiver, labels } = level;
  return { severity, signal, ...(receiver === undefined ? {} : { receiver }), ...labels };
}

/** The annotation `value` of an alert from metrics. */
export function valueText(rule: RuleOf<Watch>, level: Level, format: ValueFormat): string {
  return definitionOf(rule).value?.(format, level) ?? '';
}

/** The path of a dashboard in Grafana. */
export const dashboardPath = (name: DashboardName): string => `/d/pg-otel-${name}`;

/** The dashboard that shows the metric a rule watches. */
export function dashboardOf(rule: Of<Watch> & { operations?: readonly OperationKind[] | undefined }) {
  const { watch, operations = [] } = rule;
  return WATCHES[watch].dashboard ?? histogramOf({ operations }).dashboard;
}
