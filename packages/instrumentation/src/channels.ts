import type { Certainty } from './diagnosis/contracts';
import type { OperationKind } from './operation';
import type { SetupPhase } from './operation/connect';
import type { CloseReason } from './pool-state';

/**
 * The names of the `node:diagnostics_channel` channels that publish operations, connections and what `@pg-otel/pool` does
 * with a pool, for other packages to subscribe to. A message is created only when its channel has subscribers. Messages
 * are plain records; they contain no driver object, query text, bound value or error message.
 */
export const CHANNELS = {
  /** An operation has started: {@link OperationMessage}. */
  operationStart: 'pg-otel:operation:start',
  /** An operation has ended: {@link OperationEndMessage}. */
  operationEnd: 'pg-otel:operation:end',
  /** A caller has returned a connection to its pool: {@link ConnectionReleaseMessage}. */
  connectionRelease: 'pg-otel:connection:release',
  /** A pool has closed a connection: {@link ConnectionCloseMessage}. */
  connectionClose: 'pg-otel:connection:close',
  /** A log event is emitted: {@link EventMessage}. Also without a logger provider. */
  event: 'pg-otel:event',
  /** Published by a reader, which gets the current figures in the message: {@link CollectMessage}. */
  collect: 'pg-otel:collect',
  /** A pool has become managed: {@link PoolManagedMessage}. */
  poolManaged: 'pg-otel:pool:managed',
  /** A managed pool has checked an idle connection: {@link PoolHealthCheckMessage}. */
  poolHealthCheck: 'pg-otel:pool:health-check',
  /** The health of a managed pool has changed: {@link PoolHealthMessage}. */
  poolHealth: 'pg-otel:pool:health',
  /** A managed pool has recovered from an outage: {@link PoolRecoveryMessage}. */
  poolRecovery: 'pg-otel:pool:recovery',
  /** The manager of a pool has chosen another size: {@link PoolResizeMessage}. */
  poolResize: 'pg-otel:pool:resize',
  /** An attempt has failed and may be repeated, or a repeated attempt has succeeded: {@link RetryMessage}. */
  retry: 'pg-otel:retry',
} as const;

/** The message of {@link CHANNELS.operationStart}. */
export interface OperationMessage {
  /** `query`, `batch` (several statements in one request), `connect` or `acquire` (a request to a pool). */
  readonly kind: OperationKind;
  /** `server.address`; empty when it is not known. */
  readonly serverAddress: string;
  /** `server.port`; absent for a Unix socket. */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database; absent when it is not known. */
  readonly namespace: string | undefined;
  /** `db.client.connection.pool.name`; absent for operations without a pool. */
  readonly poolName: string | undefined;
  /** `db.query.summary` of a query or batch, which may be empty; absent for other kinds. */
  readonly summary: string | undefined;
}

/** Which trace a message belongs to. */
export interface TraceIdentity {
  /** Absent without a trace. */
  readonly traceId: string | undefined;
  /** The operation's span, or the caller's if the operation has none. */
  readonly spanId: string | undefined;
  /** Whether the span is sampled. */
  readonly isSampled: boolean;
}

/** The message of {@link CHANNELS.operationEnd}. */
export interface OperationEndMessage extends OperationMessage, TraceIdentity {
  /** Seconds from the start to the end of the operation. */
  readonly durationSeconds: number;
  /**
   * The part of the duration that counts for limits and histograms, in seconds: without the time of the consumer of a
   * cursor, stream or COPY.
   */
  readonly countedSeconds: number;
  /** When it ended, in milliseconds of `performance.now()`. */
  readonly endedAt: number;
  /** Seconds that the caller waited for the pool. Only for the first query of a checkout. */
  readonly poolWaitSeconds: number | undefined;
  /** Seconds in the client's queue, behind other queries; absent for a query that was sent at once. */
  readonly queueSeconds: number | undefined;
  /** The phases of a `connect`, in order. After a failure the last one is the phase that failed. Absent for other kinds. */
  readonly phases: readonly SetupPhaseMessage[] | undefined;
  /** `error.type`; absent when the operation succeeded. */
  readonly errorType: string | undefined;
  /** `db.response.returned_rows`; absent for statements that return no rows. */
  readonly returnedRows: number | undefined;
  /** Why it was slow; absent when the server was not asked. */
  readonly diagnosis: DiagnosisMessage | undefined;
}

/** Why an operation is slow, by the newest answer of the server. */
export interface DiagnosisMessage {
  /** `pg_otel.diagnosis` */
  readonly outcome: 'found' | 'nothing' | 'unavailable';
  /** `pg_otel.diagnosis.reason`: sentences without literals, the most helpful first; absent when the server shows no reason. */
  readonly reason: string | undefined;
  /** `pg_otel.diagnosis.certainty` of the reason; absent without one. */
  readonly certainty: Certainty | undefined;
  /** The trace of what blocks it; absent when nothing does, or its trace is not known. */
  readonly blockerTraceId: string | undefined;
}

/** A phase of the setup of a connection. */
export interface SetupPhaseMessage {
  readonly phase: SetupPhase;
  /** Seconds from its start to its end. */
  readonly seconds: number;
}

/** The message of {@link CHANNELS.event}: a log event of docs/reference/telemetry.md. */
export interface EventMessage extends TraceIdentity {
  /** The name of the event, such as `pg_otel.operation.slow`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly severity: 'INFO' | 'WARN';
  /** One sentence. */
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | number | boolean | string[] | undefined>>;
}

/**
 * The message of {@link CHANNELS.collect}. A reader publishes it with empty lists; when `publish` returns, each
 * instrumentation of the process has added its figures.
 *
 * @example
 * const figures: CollectMessage = { pools: [], running: [] };
 * channel(CHANNELS.collect).publish(figures);
 */
export interface CollectMessage {
  readonly pools: PoolFigures[];
  readonly running: RunningFigures[];
  /**
   * By package: the version of the instrumentation, and those of the drivers that it instruments, as far as they are
   * known. Absent unless the reader has published an empty object.
   */
  readonly versions?: Record<string, string>;
}

/** The current figures of a pool. Numbers of connections and requests; times in seconds. */
export interface PoolFigures extends PoolIdentity {
  readonly used: number;
  readonly idle: number;
  /** Connections that run a query; absent when the driver does not show it. */
  readonly active: number | undefined;
  readonly connecting: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  readonly limit: number;
  /** The age of the oldest request that waits; 0 when none waits. */
  readonly oldestPendingSeconds: number;
  /** Checked-out connections, longest held first, at most 10. Without those that listen for notifications. */
  readonly held: readonly HeldFigures[];
}

/** A connection that a caller has checked out. */
export interface HeldFigures extends TraceIdentity {
  readonly seconds: number;
  /** The stack of the caller, if it was recorded: paths and lines of the application's files. */
  readonly takenAt: string | undefined;
}

/** An operation that runs now. */
export interface RunningFigures extends OperationMessage, TraceIdentity {
  /** Seconds since its start; for a cursor, stream or COPY those that count for limits. */
  readonly elapsedSeconds: number;
  /** `pool`: waits for a connection. `setup`: opens one. `client`: waits behind other queries. `server`: is sent. */
  readonly waitsFor: 'pool' | 'setup' | 'client' | 'server';
  /** Why it is slow; absent while the server was not asked. */
  readonly diagnosis: DiagnosisMessage | undefined;
}

/** The message of {@link CHANNELS.connectionRelease}. */
export interface ConnectionReleaseMessage {
  /** `db.client.connection.pool.name` */
  readonly poolName: string;
  /** Seconds for which the connection was checked out. */
  readonly useSeconds: number;
}

/** The message of {@link CHANNELS.connectionClose}. */
export interface ConnectionCloseMessage {
  /** `db.client.connection.pool.name` */
  readonly poolName: string;
  /** `pg_otel.connection.close.reason` */
  readonly reason: CloseReason;
}

/** Which pool a message is about. */
export interface PoolIdentity {
  /** `db.client.connection.pool.name` */
  readonly poolName: string;
  /** `server.address`; empty when it is not known. */
  readonly serverAddress: string;
  /** `server.port`; absent for a Unix socket. */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database; absent when it is not known. */
  readonly namespace: string | undefined;
}

/** The message of {@link CHANNELS.poolManaged}, published once for each pool, when its identity is known. */
export interface PoolManagedMessage extends PoolIdentity {
  /** `act` changes the limit of the pool and opens connections again; `advise` only reports. */
  readonly mode: 'act' | 'advise';
  /** Bounds of the limit of the pool (`options.max`), in connections. */
  readonly min: number;
  readonly max: number;
}

/** The message of {@link CHANNELS.poolHealthCheck}: one check of one connection. */
export interface PoolHealthCheckMessage extends PoolIdentity {
  /** Seconds from the check to its answer, failure or timeout. */
  readonly durationSeconds: number;
  /** `error.type`; absent when the server has answered. */
  readonly errorType: string | undefined;
}

/**
 * The health of a pool. `up`: checks and connection attempts succeed. `degraded`: some fail and others succeed. `down`:
 * all fail.
 */
export type PoolHealthState = 'up' | 'degraded' | 'down';

/**
 * The message of {@link CHANNELS.poolHealth}. The first message of a pool reports its first state. The last one has no
 * state: the pool is no longer managed, because it ended, its manager was stopped or the program dropped it.
 */
export interface PoolHealthMessage extends PoolIdentity {
  /** Absent when the pool is no longer managed. */
  readonly state: PoolHealthState | undefined;
  /** The state before; absent in the first message. */
  readonly previous: PoolHealthState | undefined;
  /** When the state began, in milliseconds since 1970. */
  readonly since: number;
  /** Checks and connection attempts that have failed since the last success. */
  readonly consecutiveFailures: number;
  /** `error.type` of the last failure; absent when there was none since the last success. */
  readonly errorType: string | undefined;
}

/** The message of {@link CHANNELS.poolRecovery}. */
export interface PoolRecoveryMessage extends PoolIdentity {
  /** Seconds from the first failure of the outage to the first connection that works again. */
  readonly durationSeconds: number;
  /** Connections that were opened again. */
  readonly connections: number;
}

/** The message of {@link CHANNELS.poolResize}. */
export interface PoolResizeMessage extends PoolIdentity {
  /** The limit of the pool (`options.max`) before. */
  readonly from: number;
  /** The limit that was chosen. */
  readonly to: number;
  /** `pg_otel.pool.resize.reason`: one of a few words, such as `waits`. */
  readonly reason: string;
  /** The decision in one sentence, with the figures that decided. */
  readonly explanation: string;
  /** The figures that decided, by name with unit, such as `meanWaitSeconds`. */
  readonly figures: Readonly<Record<string, number>>;
  /** Whether the limit was changed; false for advice. */
  readonly isApplied: boolean;
}

/**
 * How an attempt ended. `retried`: an attempt has failed and another one follows. `recovered`: an attempt has succeeded after a failed one.
 * `gave_up`: an attempt has failed and no other one follows.
 */
export type RetryOutcome = 'retried' | 'recovered' | 'gave_up';

/** The message of {@link CHANNELS.retry}, published in the context of the caller whose work is repeated. */
export interface RetryMessage extends Partial<PoolIdentity> {
  /** The number of the attempt that has ended, from 1. */
  readonly attempt: number;
  readonly outcome: RetryOutcome;
  /** `error.type` of this attempt, or of the last failed one when it has succeeded. */
  readonly errorType: string | undefined;
  /** Seconds until the next attempt; absent when there is none. */
  readonly delaySeconds: number | undefined;
}

export type { Certainty, CloseReason, OperationKind, SetupPhase };
