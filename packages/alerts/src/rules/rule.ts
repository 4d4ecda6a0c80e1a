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

/** What every level says, whatever its rule watches. */
export interface LevelBase {
  /** Each severity stands once in a variant. */
  readonly severity: Severity;
  /** What holds less long than this is not told; 0 tells at once. Not for what a log event tells. Seconds. */
  readonly forSeconds: number;
  /** How long an alert stays after its condition has ended: without it a state at the limit would flap. Seconds. */
  readonly keepFiringSeconds: number;
  /** Further labels of the user's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** The dashboard of Grafana that shows it. */
  readonly dashboardUrl: string | undefined;
  /** A receiver of Alertmanager, instead of the severity's. */
  readonly receiver: string | undefined;
}

/** An operation takes longer than this; told while it runs. */
export interface SlowLevel extends LevelBase {
  readonly overSeconds: number;
  /** Whether Prometheus counts those that have ended, too: then `overSeconds` is an edge of the histogram. */
  readonly hasBackstop: boolean;
}
/** Operations fail: so many by one failure within a minute, or any when nothing else succeeds at the database. */
export interface FailedLevel extends LevelBase {
  readonly failures: readonly Failure[];
  readonly atLeast: number;
}
/** A connection is in a caller's hands for longer than this; told while it is. */
export interface HeldLevel extends LevelBase {
  readonly overSeconds: number;
}
/** Less than `share` (0 to 1) of the operations of the last `windowSeconds` took at most `withinSeconds`. */
export interface ShareLevel extends LevelBase {
  /** An edge of the histogram. */
  readonly withinSeconds: number;
  readonly share: number;
  readonly windowSeconds: number;
  /** Fewer operations than this in the window say nothing. */
  readonly atLeast: number;
}
/** The gauge is above this. A share from 0 to 1 of `pool-utilization`, seconds of `pool-waiting`. */
export interface PoolLevel extends LevelBase {
  readonly over: number;
}
/** A share from 0 to 1 of `collector-queue`; of the others how many in five minutes. */
export interface PipelineLevel extends LevelBase {
  readonly over: number;
}

/** Whom an override is for: what is absent matches everything. */
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

/** The first variant that matches counts; the last one of a rule matches everything. No levels: it is off there. */
export interface Variant<Level extends LevelBase> {
  readonly match: Match;
  readonly levels: readonly Level[];
}

interface RuleBase<Level extends LevelBase> {
  /** `alertname`: unique. */
  readonly name: string;
  readonly variants: readonly Variant<Level>[];
}

export interface SlowRule extends RuleBase<SlowLevel> {
  readonly watch: 'slow-operation';
  /** All of one histogram. */
  readonly operations: readonly OperationKind[];
}
export interface FailedRule extends RuleBase<FailedLevel> {
  readonly watch: 'failed-operation';
  readonly operations: readonly ('connect' | 'acquire')[];
}
export interface HeldRule extends RuleBase<HeldLevel> {
  readonly watch: 'held-connection';
}
export interface ShareRule extends RuleBase<ShareLevel> {
  readonly watch: 'share-within';
  /** All of one histogram. */
  readonly operations: readonly OperationKind[];
}
/** `pg_otel.connection.utilization` and `pg_otel.connection.pending.oldest` above a level, by pool. */
export interface PoolRule extends RuleBase<PoolLevel> {
  readonly watch: 'pool-utilization' | 'pool-waiting';
}
/** `pg_otel.connection.health` of a pool is 0. */
export interface UnhealthyRule extends RuleBase<LevelBase> {
  readonly watch: 'pool-unhealthy';
}
/** A service that told its pools' metrics tells none any more. */
export interface MissingRule extends RuleBase<LevelBase> {
  readonly watch: 'missing-telemetry';
}
/** What the collector and the bridge say of themselves. */
export interface PipelineRule extends RuleBase<PipelineLevel> {
  readonly watch: 'collector-queue' | 'collector-refused' | 'collector-failed' | 'bridge-undelivered';
}

export type Rule =
  | SlowRule
  | FailedRule
  | HeldRule
  | ShareRule
  | PoolRule
  | UnhealthyRule
  | MissingRule
  | PipelineRule;
export type Watch = Rule['watch'];
export type Level = Rule['variants'][number]['levels'][number];

/** What `parseThresholds` makes of a thresholds file. */
export interface Thresholds {
  readonly rules: readonly Rule[];
  /** Receivers of Alertmanager by name: its own receiver configuration, without `name`. */
  readonly receivers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Which receiver hears a severity. */
  readonly notify: Readonly<Record<Severity, string>>;
}
