/** A recording rule: what it makes once, several alerts read. */
export interface Recording {
  /** `level:metric:operations`, as Prometheus' conventions have it. */
  readonly record: string;
  readonly expr: string;
  /** Why, where the expression does not say it. */
  readonly comment?: string;
}

/** A group is evaluated in its order: what is read stands before what reads it. */
export type GroupName = 'operations' | 'pools' | 'pipeline';

/** A part of what has to hold: `metric{…} comparison`. */
export interface Condition {
  readonly metric: string;
  readonly matchers?: readonly string[];
  /** `> 0.8` */
  readonly comparison: string;
  /** What else has to hold: `and …` or `unless …`. */
  readonly where?: string;
}
