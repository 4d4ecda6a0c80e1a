import type { LevelOf, RuleOf, Watch } from '../rules/rule';

/** A recording rule. Several alerts may read it. */
export interface Recording {
  /** `level:metric:operations`, the naming convention of Prometheus. */
  readonly record: string;
  readonly expr: string;
  /** A YAML comment that explains the expression. */
  readonly comment?: string;
}

/** One condition of an alert: `metric{…} comparison`. The alert fires when any of its conditions holds. */
export interface Condition {
  readonly metric: string;
  readonly matchers?: readonly string[];
  /** `> 0.8` */
  readonly comparison: string;
  /** A further clause: `and …` or `unless …`. */
  readonly where?: string;
}

/** The queries for the rules of one `watch`. */
export interface PrometheusQueries<W extends Watch> {
  readonly group: GroupName;
  /** In the order of evaluation. */
  readonly recordings: (rule: RuleOf<W>) => readonly Recording[];
  /** Empty if Prometheus does not evaluate this level. */
  readonly conditions: (level: LevelOf<W>, rule: RuleOf<W>) => readonly Condition[];
}

/** A group is evaluated in order, so recordings precede the alerts that read them. */
export const GROUPS = ['operations', 'pools', 'pipeline'] as const;
type GroupName = (typeof GROUPS)[number];
