import type { ConnectOperation } from './connect';

/** The time that a statement spent at the server, without the time of its consumer. */
export interface ServerTime {
  /** Seconds so far. */
  readonly seconds: number;
}

/** Details of a request of an HTTP driver. A field is `undefined` while its value is unknown. */
export interface HttpExchange {
  /** `http.response.status_code` */
  status: number | undefined;
  /** Neon's identifier of the request, for its support. */
  requestId: string | undefined;
  /** Whether the request was sent over a connection that was already open. */
  isConnectionReused: boolean | undefined;
  /** Seconds in which a connection was opened for the request. */
  connectSeconds: number | undefined;
  /** Seconds from the request to the headers of the answer, without the opening of a connection. */
  serverSeconds: number | undefined;
  /** Seconds from the headers of the answer to the parsed result. */
  readSeconds: number | undefined;
}

/** Details that few queries have. Nothing is allocated for the other queries. */
export class QueryDetails {
  isPipelined = false;
  /** Seconds in the client's queue, behind other queries; `undefined` for a query that was sent at once. */
  queueSeconds: number | undefined;
  /**
   * For cursors, streams and COPY: the time that counts for limits and histograms. Their spans include the time of
   * their consumers.
   */
  serverTime: ServerTime | undefined;
  /** Statements in this request, when there are two or more: then it is a batch. */
  batchSize: number | undefined;
  /** For a request over HTTP. */
  exchange: HttpExchange | undefined;
  /** The setup of the connection, when the query was sent before the setup had ended. */
  pendingSetup: ConnectOperation | undefined;
  /** The text as sent, if it differs from the text of the statement: with a comment. */
  sentText: string | undefined;
  /** Applies the changes that a successful statement makes to its client. Called before the end is reported. */
  whenSucceeded: ((result: unknown) => void) | undefined;
}
