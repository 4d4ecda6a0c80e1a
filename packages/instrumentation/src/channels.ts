import type { OperationKind } from './operation';
import type { CloseReason } from './pool-state';

/**
 * The names of the `node:diagnostics_channel` channels that publish operations and connections, for other packages to
 * subscribe to. A message is created only when its channel has subscribers. Messages are plain records; they contain no
 * driver object, query text or bound value.
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

/** The message of {@link CHANNELS.operationEnd}. */
export interface OperationEndMessage extends OperationMessage {
  /** Seconds from the start to the end of the operation. */
  readonly durationSeconds: number;
  /** `error.type`; absent when the operation succeeded. */
  readonly errorType: string | undefined;
  /** `db.response.returned_rows`; absent for statements that return no rows. */
  readonly returnedRows: number | undefined;
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

export type { CloseReason, OperationKind };
