import type { EventLimits } from './configuration';
import type { AcquireOperation, ConnectOperation, QueryOperation } from './operation';
import type { CloseReason, PoolState } from './pool-state';
import type { StatementCache } from './statement-cache';
import type { Target } from './target';

/** What drivers tell. Each observer implements the verbs it cares for. */
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

/** What drivers, and whoever looks into the instrumentation, need to know besides whom to tell. */
export interface Telemetry extends Observer {
  readonly limits: EventLimits;
  /**
   * Whether anything consumes what is reported of a query, or of a request for a connection, that starts at this time;
   * if not, the driver runs uninstrumented.
   */
  isObserved(at: number): boolean;
  readonly statements: StatementCache;
  /** SQL comments are on; otherwise nobody looks at a user's query object before pg does. */
  readonly addsComments: boolean;
  /** The text with the caller's trace as SQL comment; `undefined` where the text stays as it is. */
  withComment(text: string): string | undefined;
  /** Name of a new pool. */
  nameOf(pool: { target: Target; user: string | undefined; applicationName: string | undefined }): string;
  /** A pool is in use; from the first time on it is observed for as long as it lives. */
  poolSeen(pool: PoolState): void;
  /** Whether the stack of a caller that checks a connection out at this time is recorded: of some, as it costs. */
  samplesStack(at: number): boolean;
  /** A pool has ended, and its name is free. */
  poolEnded(pool: PoolState): void;
}

let current: Telemetry | undefined;

/** Whom drivers tell now; `undefined` while no instrumentation is enabled: then the driver runs bare. */
export const telemetry = (): Telemetry | undefined => current;

export function setTelemetry(next: Telemetry | undefined): void {
  current = next;
}
