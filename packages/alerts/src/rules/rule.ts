/**
 * Rules as the compilers and the evaluator read them: everything resolved, nothing left to default. How they are
 * written is `../thresholds`.
 */

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `pg_otel.operation.kind` of the instrumentation's log events. */
export const OPERATIONS = ['query', 'batch', 'connect', 'acquire'] as const;
export type OperationKind = (typeof OPERATIONS)[number];

/** Why a connection, or a request for one, failed: what `error.type` means for whoever is told. */
export const FAILURES = ['refused', 'authentication', 'timeout', 'too_many', 'other'] as const;
export type Failure = (typeof FAILURES)[number];

/** A state of a pool that a gauge tells. */
export const POOL_STATES = ['utilization', 'waiting', 'unhealthy'] as const;
export type PoolState = (typeof POOL_STATES)[number];

/** A state of the collector or the bridge, from their own metrics. */
export const PIPELINE_STATES = ['queue', 'refused', 'failed', 'bridge'] as const;
export type PipelineState = (typeof PIPELINE_STATES)[number];

/** What every level says, whatever its rule watches. */
export interface LevelBase {
  readonly severity: Severity;
  /** What holds less long than this is not told; 0 tells at once. Seconds. */
  readonly forSeconds: number;
  /** How long an alert stays after what it tells has ended: without it a state at the limit would flap. Seconds. */
  readonly keepFiringSeconds: number;
  /** Further labels of the user's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** A receiver of Alertmanager, instead of the severity's. */
  readonly receiver: string | undefined;
}

/** An operation takes longer than this; told while it runs. */
export interface SlowLevel extends LevelBase {
  readonly overSeconds: number;
}
export interface FailedLevel extends LevelBase {
  readonly failures: readonly Failure[];
}
/** A connection is in a caller's hands for longer than this. */
export interface HeldLevel extends LevelBase {
  readonly overSeconds: number;
}
/** Fewer than `share` (0 to 1) of the operations of the last `windowSeconds` took at most `withinSeconds`. */
export interface ShareLevel extends LevelBase {
  readonly withinSeconds: number;
  readonly share: number;
  readonly windowSeconds: number;
  /** Fewer operations than this in the window say nothing. */
  readonly atLeast: number;
}
/** The gauge is above this: a share from 0 to 1, or seconds. Of `unhealthy` none: a pool is up (1) or not. */
export interface PoolLevel extends LevelBase {
  readonly over: number;
}
export interface MissingLevel extends LevelBase {}
export interface PipelineLevel extends LevelBase {
  /** Of `queue`: how full, 0 to 1; of the others how many in a minute. */
  readonly over: number;
}

/** Whom an override is for: what is absent matches everything. */
export interface Match {
  /** `service.name` */
  readonly service?: string;
  /** `deployment.environment.name` */
  readonly environment?: string;
  /** `db.namespace` */
  readonly database?: string;
  /** `db.client.connection.pool.name` */
  readonly pool?: string;
}

/** The first variant that matches counts; the last one of a rule matches everything. No levels: the rule is off. */
export interface Variant<Level extends LevelBase> {
  readonly match: Match;
  readonly levels: readonly Level[];
}

interface RuleBase<Level extends LevelBase> {
  /** `alertname`: unique. */
  readonly name: string;
  readonly variants: readonly Variant<Level>[];
}

export type SlowRule = RuleBase<SlowLevel> & {
  readonly watch: 'slow-operation';
  readonly operations: readonly OperationKind[];
};
export type FailedRule = RuleBase<FailedLevel> & {
  readonly watch: 'failed-operation';
  readonly operations: readonly ('connect' | 'acquire')[];
};
export type HeldRule = RuleBase<HeldLevel> & { readonly watch: 'held-connection' };
export type ShareRule = RuleBase<ShareLevel> & {
  readonly watch: 'share-within';
  readonly operations: readonly OperationKind[];
};
export type PoolRule = RuleBase<PoolLevel> & { readonly watch: 'pool'; readonly state: PoolState };
export type MissingRule = RuleBase<MissingLevel> & { readonly watch: 'missing-telemetry' };
export type PipelineRule = RuleBase<PipelineLevel> & {
  readonly watch: 'pipeline';
  readonly state: PipelineState;
};

export type Rule = SlowRule | FailedRule | HeldRule | ShareRule | PoolRule | MissingRule | PipelineRule;
export type Level = Rule['variants'][number]['levels'][number];

/** What `parseThresholds` makes of a thresholds file. */
export interface Thresholds {
  readonly rules: readonly Rule[];
  /** Receivers of Alertmanager by name: its own receiver configuration, without `name`. */
  readonly receivers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Which receiver hears a severity. */
  readonly notify: Readonly<Record<Severity, string>>;
}
