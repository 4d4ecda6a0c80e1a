import type {
  CollectMessage,
  PoolHealthCheckMessage,
  PoolHealthMessage,
  PoolRecoveryMessage,
  PoolResizeMessage,
  RetryMessage,
} from './channels';
import type { EventLimits } from './configuration';
import type { AcquireOperation, ConnectOperation, QueryOperation } from './operation';
import type { CloseReason, PoolState } from './pool-state';
import type { StatementCache } from './statement-cache';
import type { Target } from './target';

/** Receives the reports of drivers. Each observer implements the methods it needs. */
export interface Observer {
  queryStarted(operation: QueryOperation): void;
  queryEnded(operation: QueryOperation): void;
  connectStarted(operation: ConnectOperation): void;
  connectEnded(operation: ConnectOperation): void;
  acquireStarted(operation: AcquireOperation): void;
  acquireEnded(operation: AcquireOperation): void;
  connectionReleased(pool: PoolState, useSeconds: number): void;
  connectionClosed(pool: PoolState, reason: CloseReason): void;
}

/** Receives what `@pg-otel/pool` publishes about the pools that it manages. */
export interface ManagedPoolObserver {
  healthChecked(message: PoolHealthCheckMessage): void;
  healthChanged(message: PoolHealthMessage): void;
  recovered(message: PoolRecoveryMessage): void;
  resized(message: PoolResizeMessage): void;
  /** Called in the context of the caller whose work is repeated. */
  retried(message: RetryMessage): void;
}

/** The interface that drivers use to report operations, and to read settings and pool names. */
export interface Telemetry extends Observer {
  /** The limits of slow operations and held connections. */
  readonly limits: EventLimits;
  /**
   * Whether anything consumes the telemetry of a query, or of a request for a connection, that starts now. If not, the
   * driver runs uninstrumented.
   *
   * @param at now, in milliseconds of the monotonic clock
   */
  isObserved(at: number): boolean;
  readonly statements: StatementCache;
  /** Whether SQL comments are enabled. If not, a query object of the application is not read before pg reads it. */
  readonly addsComments: boolean;
  /** Returns the text with the caller's trace as SQL comment; `undefined` when it stays unchanged. */
  withComment(text: string): string | undefined;
  /** Returns the name of a new pool, and reserves it. */
  nameOf(pool: { target: Target; user: string | undefined; applicationName: string | undefined }): string;
  /** Called when a pool is used. From the first call on, the pool is observed as long as it exists. */
  poolSeen(pool: PoolState): void;
  /**
   * Whether to record the stack of a caller that checks out a connection now. Only some are recorded, because of the
   * cost.
   */
  samplesStack(at: number): boolean;
  /** Called when a pool has ended. Its name becomes available again. */
  poolEnded(pool: PoolState): void;
  /** The observer of managed pools, for one message: providers may change between two. */
  managedPools(): ManagedPoolObserver | undefined;
  /** Adds the current figures of pools and running operations to a message. */
  collect(message: CollectMessage): void;
}

let current: Telemetry | undefined;

/** Returns where drivers report operations; `undefined` while no instrumentation is enabled. */
export const telemetry = (): Telemetry | undefined => current;

export function setTelemetry(next: Telemetry | undefined): void {
  current = next;
}

/** Runs a function. Drivers report no operation that starts before it returns; their methods run uninstrumented. */
export function unobserved<Result>(call: () => Result): Result {
  const suspended = current;
  current = undefined;
  try {
    return call();
  } finally {
    current = suspended;
  }
}
