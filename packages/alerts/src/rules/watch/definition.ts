import type { z } from 'zod';
import type { PrometheusQueries } from '../../prometheus/queries';
import type { WrittenLevel } from '../../thresholds/level';
import type { DashboardName } from '../histograms';
import type { SubjectLabel } from '../labels';
import type { EventWatch, GaugeWatch, LevelBase, LevelOf, OperationKind, RuleOf, Watch } from '../rule';

/** Everything that the compilers and the evaluator need to know about the rules of one `watch`. */
export interface WatchDefinition<W extends Watch> {
  /** The operations that a rule may name. Without them, the rule has no setting `operations`. */
  readonly operations?: readonly OperationKind[];
  /** How a level is written in the thresholds file, and the level that it resolves to. */
  readonly level: z.ZodType<WrittenLevel & Omit<LevelOf<W>, keyof LevelBase>>;
  /** The dashboard that shows the watched metric, if the operations do not decide it. */
  readonly dashboard?: DashboardName;
  /** Labels of an alert that identify what it is about. */
  readonly labels: (rule: RuleOf<W>) => readonly SubjectLabel[];
  /** Annotation `summary`: one sentence about the condition. What it is about is in the labels. */
  readonly summary: (level: LevelOf<W>, rule: RuleOf<W>) => string;
  /** Annotation `description`: what the alert means, in one or two sentences. What to do is in the runbook. */
  readonly description: string | ((rule: RuleOf<W>) => string);
  /** Annotation `value` of an alert from metrics. Rules that only events decide have none. */
  readonly value?: (format: ValueFormat, level: LevelOf<W>) => string;
  /** How dashboards draw a level, if they do. */
  readonly line?: (level: LevelOf<W>) => LimitLine;
  /** The recording rules and alert conditions for Prometheus. Without them, Prometheus does not evaluate the rule. */
  readonly prometheus?: PrometheusQueries<W>;
}

/** A limit as dashboards draw it, in the unit of the metric, and its description: `above 80 %`. */
interface LimitLine {
  readonly value: number;
  readonly words: string;
}

/** The value of an alert in the formats that annotations use: a template for Prometheus, or a formatted number. */
export interface ValueFormat {
  readonly percent: string;
  readonly seconds: string;
  readonly count: string;
}

/** A condition on a log event. The collector evaluates it as OTTL, the evaluator in process. */
export type EventCondition =
  | { readonly attribute: string; readonly is: '==' | '>='; readonly value: string | number | boolean }
  | { readonly attribute: string; readonly is: 'missing' }
  | { readonly allOf: readonly EventCondition[] }
  | { readonly anyOf: readonly EventCondition[] };

/** The pseudo-attribute of a condition that stands for the meaning of `error.type`. */
export const FAILURE = 'failure';

export interface EventDefinition<W extends EventWatch> extends WatchDefinition<W> {
  readonly event: {
    readonly name: string;
    /** What the rule is about, for the message about two rules that would alert for the same event. */
    readonly subject: string;
    /** Annotations of its alerts, and the attributes that they hold as text. */
    readonly annotations: Readonly<Record<string, string>>;
    /** The attribute with the limit that was crossed. */
    readonly limit?: string;
    /** The condition of a level, for an event of this name and an operation of the rule. */
    readonly condition: (level: LevelOf<W>) => EventCondition;
  };
}

export interface Gauge<W extends GaugeWatch = GaugeWatch> {
  /** OpenTelemetry's name, and the suffix that its unit has in Prometheus. */
  readonly metric: string;
  readonly unit: '' | 'ratio' | 'seconds';
  /** Which value of several processes counts. */
  readonly worst: 'max' | 'min';
  readonly condition: (level: LevelOf<W>) => { readonly is: '>' | '=='; readonly value: number };
}

export interface GaugeDefinition<W extends GaugeWatch> extends WatchDefinition<W> {
  readonly gauge: Gauge<W>;
}
