import type { z } from 'zod';
import type { WrittenLevel } from '../../thresholds/level';
import type { DashboardName } from '../histograms';
import type { SubjectLabel } from '../labels';
import type { EventWatch, GaugeWatch, LevelBase, LevelOf, OperationKind, RuleOf, Watch } from '../rule';

/** Everything that the compilers and the evaluator need to know about the rules of one `watch`. */
export interface WatchDefinition<W extends Watch> {
  /** The operations that a rule may name. Undefined: rules have no setting `operations`. */
  readonly operations?: readonly OperationKind[];
  /** The schema of a level in the thresholds file. */
  readonly level: z.ZodType<WrittenLevel & Omit<LevelOf<W>, keyof LevelBase>>;
  /** The dashboard that shows the watched metric. Undefined: the operations of the rule decide it. */
  readonly dashboard?: DashboardName;
  /** The labels that identify the subject of an alert. */
  readonly labels: (rule: RuleOf<W>) => readonly SubjectLabel[];
  /** The annotation `summary`: one sentence about the condition. The labels name the subject. */
  readonly summary: (level: LevelOf<W>, rule: RuleOf<W>) => string;
  /** The annotation `description`: the meaning of the alert in one or two sentences. The runbook describes the actions. */
  readonly description: string | ((rule: RuleOf<W>) => string);
  /** The annotation `value` of an alert from metrics. Undefined for rules that read only events. */
  readonly value?: (format: ValueFormat, level: LevelOf<W>) => string;
  /** The limit that dashboards draw for a level, in the unit of the metric, and its description, such as `above 80 %`. */
  readonly line?: (level: LevelOf<W>) => { readonly value: number; readonly words: string };
  /** The group of the rules in Prometheus. Undefined: Prometheus does not evaluate the rule. */
  readonly group?: 'operations' | 'pools' | 'pipeline';
  /** The rules in Prometheus for a level. Undefined if Prometheus does not evaluate the level. */
  readonly prometheus?: (level: LevelOf<W>, rule: RuleOf<W>) => PrometheusQueries | undefined;
}

/** The value of an alert in the formats that annotations use: a template for Prometheus, or a formatted number. */
export type ValueFormat = Readonly<Record<'percent' | 'seconds' | 'count', string>>;

export interface PrometheusQueries {
  /** In the order of evaluation. Levels may have the same recordings. */
  readonly recordings: readonly Recording[];
  /** The alert fires when any of its conditions holds. */
  readonly conditions: readonly Condition[];
}

/** A recording rule. */
export interface Recording {
  /** A YAML comment that explains the expression. */
  readonly '#'?: string;
  /** `level:metric:operations`, the naming convention of Prometheus. */
  readonly record: string;
  readonly expr: string;
}

/** `metric{…} comparison` */
export interface Condition {
  readonly metric: string;
  readonly matchers?: readonly string[];
  /** `> 0.8` */
  readonly comparison: string;
  /** A further clause: `and …` or `unless …`. */
  readonly where?: string;
}

/** A condition on a log event. The collector evaluates it as OTTL, the evaluator in process. */
export type EventCondition =
  | { readonly attribute: string; readonly is: '==' | '>='; readonly value: string | number | boolean }
  | { readonly attribute: string; readonly is: 'missing' }
  | { readonly allOf: readonly EventCondition[] }
  | { readonly anyOf: readonly EventCondition[] };

/** A pseudo-attribute in conditions: the kind of failure, derived from `error.type`. */
export const FAILURE = 'failure';

/** The first element of an attribute that is a list. */
export interface FirstOf {
  readonly first: string;
}

/** The log event that rules of a `watch` read. */
export interface EventSource<W extends EventWatch> {
  readonly name: string;
  /** An event about an operation that has crossed the limit already: it updates the alert and counts no breach. */
  readonly update?: string;
  /** The subject of the rule, for the error message if two rules alert for the same event. */
  readonly subject: string;
  /** The annotations of an alert, each with the event attribute that it is copied from. Of a list, the first element. */
  readonly annotations: Readonly<Record<string, string | FirstOf>>;
  /** The attribute with the elapsed seconds or the number of failures. */
  readonly value: string;
  /** The attribute with the limit that was crossed. */
  readonly limit?: string;
  /** The condition of a level, for an event of this name and an operation of the rule. */
  readonly condition: (level: LevelOf<W>) => EventCondition;
}
export type EventDefinition<W extends EventWatch> = WatchDefinition<W> & { readonly event: EventSource<W> };

/** The gauge that rules of a `watch` read. */
export interface Gauge<W extends GaugeWatch = GaugeWatch> {
  /** The name in OpenTelemetry. */
  readonly metric: string;
  /** The suffix for the unit in Prometheus. */
  readonly unit: '' | 'ratio' | 'seconds';
  /** Which value counts if several processes report the gauge. */
  readonly worst: 'max' | 'min';
  readonly condition: (level: LevelOf<W>) => { readonly is: '>' | '=='; readonly value: number };
}
export type GaugeDefinition<W extends GaugeWatch> = WatchDefinition<W> & { readonly gauge: Gauge<W> };
