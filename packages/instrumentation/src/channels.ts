import type { OperationKind } from './operation';
import type { CloseReason } from './pool-state';

/**
 * Names of the `node:diagnostics_channel` channels by which other packages hear what happens, without being known
 * here. A message is made only when somebody listens. Payloads are plain records; none holds a driver's object,
 * a statement's text or a bound value.
 */
export const CHANNELS = {
  /** An operation has started: {@link OperationMessage}. */
  operationStart: 'pg-otel:operation:start',
  /** An operation has ended: {@link OperationEndMessage}. */
  operationEnd: 'pg-otel:operation:end',
  /** A caller has given a connection back to its pool: {@link ConnectionReleaseMessage}. */
  connectionRelease: 'pg-otel:connection:release',
  /** A pool has closed a connection: {@link ConnectionCloseMessage}. */
  connectionClose: 'pg-otel:connection:close',
} as const;

export interface OperationMessage {
  readonly kind: OperationKind;
  /** `server.address` */
  readonly serverAddress: string;
  /** `server.port`; absent for a unix socket */
  readonly serverPort: number | undefined;
  /** `db.namespace`: the database */
  readonly namespace: string | undefined;
  /** `db.client.connection.pool.name`; absent for what is done without a pool */
  readonly poolName: string | undefined;
  /** `db.query.summary`, of a query */
  readonly summary: string | undefined;
}

export interface OperationEndMessage extends OperationMessage {
  /** Seconds from start to end. */
  readonly durationSeconds: number;
  /** `error.type`; absent for success */
  readonly errorType: string | undefined;
  /** `db.response.returned_rows`, of a query that returns rows */
  readonly returnedRows: number | undefined;
}

export interface ConnectionReleaseMessage {
  readonly poolName: string;
  /** Seconds between delivery and release. */
  readonly useSeconds: number;
}

export interface ConnectionCloseMessage {
  readonly poolName: string;
  readonly reason: CloseReason;
}

export type { CloseReason, OperationKind };
