import type { Failure } from './failures';

/** Rules with all defaults and overrides resolved: `parseThresholds` returns them, compilers and evaluator read them. */

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
/** How serious an alert is. */
export type Severity = (typeof SEVERITIES)[number];

/** Values of `pg_otel.operation.kind` in the instrumentation's log events. */
export const OPERATIONS = ['query', 'batch', 'connect', 'acquire'] as const;
export type OperationKind = (typeof OPERATIONS)[number];

/** Settings that levels of all rules have. */
export interface LevelBase {
  /** Each severity occurs at most once in a variant. */
  readonly severity: Severity;
  /** How long the condition must hold before the alert fires, in seconds. Always 0 for rules on log events. */
  readonly forSeconds: number;
  /** How long the alert keeps firing after its condition has ended, in seconds. Prevents flapping close to the limit. */
  readonly keepFiringSeconds: number;
  /** Additional labels of the alert. */
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** The Grafana dashboard that shows the watched metric. */
  readonly dashboardUrl: string | undefined;
  /** An Alertmanager receiver that replaces the receiver of the severity. */
  readonly receiver: string | undefined;
}

/** The settings of a level by `watch`. */
interface Settings {
  /** An operation takes longer than `overSeconds`. The alert fires while the operation runs. */
  'slow-operation': {
    readonly overSeconds: number;
    /** Whether Prometheus also counts such operations after they have ended. `overSeconds` is then a bucket edge. */
    readonly hasBackstop: boolean;
  };
  /** At least `atLeast` operations fail within a minute with the same kind of failure, or one fails and none succeeds at the database. */
  'failed-operation': { readonly failures: readonly Failure[]; readonly atLeast: number };
  /** A connection is checked out for longer than `overSeconds`. The alert fires while it is checked out. */
  'held-connection': { readonly overSeconds: number };
  /** Less than `share` (0 to 1) of the operations of the last `windowSeconds` took at most `withinSeconds`. */
  'share-within': {
    /** A bucket edge of the histogram. */
    readonly withinSeconds: number;
    readonly share: number;
    readonly windowSeconds: number;
    /** With fewer operations in the window, the alert does not fire. */
    readonly atLeast: number;
  };
  'pool-utilization': Over;
  'pool-waiting': Over;
  'pool-unhealthy': object;
  'missing-telemetry': object;
  'collector-queue': Over;
  'collector-refused': Over;
  'collector-failed': Over;
  'bridge-undelivered': Over;
}
/** The watched value is above `over`: a share from 0 to 1, seconds, or a number of records or requests in five minutes. */
interface Over {
  readonly over: number;
}

export type Watch = keyof Settings;
/** Rules that are evaluated for each log event of the instrumentation. */
export type EventWatch = 'slow-operation' | 'failed-operation' | 'held-connection';
/** Rules that are evaluated for each data point of a pool gauge. */
export type GaugeWatch = 'pool-utilization' | 'pool-waiting' | 'pool-unhealthy';
type OperationWatch = 'slow-operation' | 'failed-operation' | 'share-within';

export type LevelOf<W extends Watch> = LevelBase & Settings[W];
/** A level of a rule: a severity, its threshold, and the labels and links of the alert. */
export type Level = LevelOf<Watch>;

/** The services, databases or pools that an override applies to. An absent field matches everything. */
export interface Match {
  /** `service.name` */
  readonly service?: string | undefined;
  /** `deployment.environment.name` */
  readonly environment?: string | undefined;
  /** `db.namespace` */
  readonly database?: string | undefined;
  /** `db.client.connection.pool.name` */
  readonly pool?: string | undefined;
}

/** Levels and the telemetry that they apply to. The first variant that matches applies; the last one matches everything. Without levels, the rule is off. */
export interface Variant<L extends LevelBase> {
  readonly match: Match;
  readonly levels: readonly L[];
}

/** A rule of one `watch`, with the levels of that watch. */
export type RuleOf<W extends Watch> = {
  /** `alertname`, unique in the file. */
  readonly name: string;
  readonly watch: W;
  readonly variants: readonly Variant<LevelOf<W>>[];
} & (W extends OperationWatch ? { readonly operations: readonly OperationKind[] } : unknown);

type AnyRule<W extends Watch> = { [One in W]: RuleOf<One> }[W];
/** A rule with its levels, with all defaults and overrides resolved. */
export type Rule = AnyRule<Watch>;
export type EventRule = AnyRule<EventWatch>;
export type GaugeRule = AnyRule<GaugeWatch>;

/** The result of `parseThresholds`. */
export interface Thresholds {
  readonly rules: readonly Rule[];
  /** Receivers of Alertmanager by name, in Alertmanager's format without `name`. */
  readonly receivers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The receiver of the alerts of each severity. */
  readonly notify: Readonly<Record<Severity, string>>;
}

/** Whether this is the match of the last variant, which matches everything. */
export function matchesAll(match: Match): boolean {
  return Object.values(match).every((value) => value === undefined);
}

/** The levels of all variants. */
export function levelsOf<L extends LevelBase>(rule: {
  readonly variants: readonly Variant<L>[];
}): readonly L[] {
  return rule.variants.flatMap(({ levels }) => levels);
}

/** The limits (`overSeconds`) of all levels, ascending, each once. Seconds. */
export function limitsOf(rules: readonly { readonly variants: readonly Variant<Level>[] }[]): number[] {
  const levels = rules.flatMap(levelsOf<Level>);
  return ascending(levels.flatMap((level) => ('overSeconds' in level ? [level.overSeconds] : [])));
}

/** Sorted, each value once. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

/** The operations of a rule, if its `watch` has any. */
export function operationsOf(rule: RuleOf<Watch>): readonly OperationKind[] | undefined {
  return 'operations' in rule ? (rule.operations as readonly OperationKind[]) : undefined;
}
