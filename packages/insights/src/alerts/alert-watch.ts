import {
  createEvaluator,
  type Alert as EvaluatedAlert,
  type Evaluator,
  type Thresholds,
} from '@pg-otel/alerts';
import type { EventMessage, PoolFigures } from '@pg-otel/instrumentation/channels';
import { Ring } from '../ring';
import { RuleMetrics } from './collected-metrics';

const KEPT_ALERTS = 100;
/** The most alerts of a rule and severity. */
const MAX_ALERTS = 100;

/** An alert with the labels and annotations that Alertmanager would receive. Moments are in milliseconds since 1970. */
export interface Alert {
  readonly name: string;
  readonly severity: string;
  /** Pending: its condition holds, but not yet for as long as the rule requires. */
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: number;
  /** The value that the rule evaluates: a share (0 to 1), seconds, connections or failures. */
  readonly value: number | undefined;
  /** The worst value since its condition began to hold. */
  readonly peak: number | undefined;
  /** The trace of the latest event, if it is sampled; absent for alerts from metrics. */
  readonly traceId: string | undefined;
}

/** An alert that fired. */
export interface PastAlert extends Alert {
  /** Absent while it fires. */
  readonly endedAt: number | undefined;
}

/** Evaluates the rules of the thresholds on what this process does. */
export class AlertWatch {
  readonly metrics: RuleMetrics;
  readonly #evaluator: Evaluator;
  readonly #resource: Readonly<Record<string, string>>;
  readonly #ended = new Ring<PastAlert>(KEPT_ALERTS);

  constructor(thresholds: Thresholds, resource: Readonly<Record<string, string>>, now: number) {
    this.#evaluator = createEvaluator(thresholds, { maxAlerts: MAX_ALERTS });
    this.#resource = resource;
    this.metrics = new RuleMetrics(thresholds, resource, now);
  }

  event({ name, timestamp, attributes, traceId, isSampled }: EventMessage): void {
    this.#evaluator.event({ name, timestamp, resource: this.#resource, attributes, traceId, isSampled });
  }

  collect(pools: readonly PoolFigures[], now: number): void {
    this.#evaluator.collect(this.metrics.collect(pools), now);
    this.#noteEnds(now);
  }

  /** The alerts that fire or are pending. */
  alerts(now: number): Alert[] {
    this.#noteEnds(now);
    return this.#evaluator.alerts(now).map(alertOf);
  }

  /** The last 100 alerts that fired and ended, oldest first, and those that fire. */
  history(now: number): PastAlert[] {
    const firing = this.alerts(now).filter(({ state }) => state === 'firing');
    return [...this.#ended.toArray(), ...firing.map((alert) => ({ ...alert, endedAt: undefined }))];
  }

  #noteEnds(now: number): void {
    for (const { change, timestamp, alert } of this.#evaluator.changes(now)) {
      if (change === 'ended') this.#ended.add({ ...alertOf(alert), endedAt: timestamp });
    }
  }
}

function alertOf(alert: EvaluatedAlert): Alert {
  const { rule, level, state, labels, annotations, startsAt, value, peak } = alert;
  const traceId = annotations['trace_id'];
  return {
    name: rule.name,
    severity: level.severity,
    state,
    labels,
    annotations,
    startsAt,
    value,
    peak,
    traceId,
  };
}
