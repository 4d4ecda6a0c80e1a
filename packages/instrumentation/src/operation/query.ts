import { now, seconds } from '../clock';
import type { PoolState } from '../pool-state';
import { isRead, isUnread } from '../sqlstate';
import type { PreparedStatement } from '../statement';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { type CallersContext, OperationBase } from './base';
import type { ConnectOperation } from './connect';

/** How long something was asked of the server, without the time a consumer took. */
export interface ServerTime {
  /** Seconds so far. */
  readonly seconds: number;
}

/** What is known of the client of a query. */
export interface QueryClient {
  /** Whose connection it is. */
  readonly pool: PoolState | undefined;
  /** Who can end its queries: once it is collected, nobody does. Absent where the runtime has no such references. */
  readonly reference: WeakRef<object> | undefined;
}

/** What an HTTP driver's request tells beside the answer. Each is absent until it is known, or where nobody tells it. */
export interface HttpExchange {
  /** `http.response.status_code` */
  status: number | undefined;
  /** Neon's name of the request, for its support. */
  requestId: string | undefined;
  /** Whether the request went over a connection that was open already. */
  isConnectionReused: boolean | undefined;
  /** Seconds in which a connection was opened for the request. */
  connectSeconds: number | undefined;
  /** Seconds from the request to the headers of the answer, without those of the connection. */
  serverSeconds: number | undefined;
  /** Seconds from there to the parsed result. */
  readSeconds: number | undefined;
}

/** A statement (or several in one text) from `client.query` to its end, on any path. */
export class QueryOperation extends OperationBase {
  readonly prepared: PreparedStatement;
  readonly client: QueryClient;
  /** Bound values, at least one; observers report them only by option, and never keep them. */
  readonly parameters: readonly unknown[] | undefined;
  isPipelined = false;
  /** By option, this query is not reported. */
  isIgnored = false;
  /** The driver calls back instead of settling a promise: the callback has to find its context again. */
  callsBack = false;
  /** Its span has no text yet: the server may not be able to read it. */
  isTextDue = false;
  /** Set by an observer that will show {@link firstRowSeconds}: otherwise it costs no clock reading. */
  isFirstRowTimed = false;
  /** Seconds the caller waited for the pool before this, the first query of a checkout. */
  poolWaitSeconds: number | undefined;
  /** It waits on its client: for the setup of the connection, or for queries ahead of it. */
  isQueued = false;
  /** Seconds in the client's queue, behind other queries; `undefined` when it was sent at once. */
  queueSeconds: number | undefined;
  /** Seconds until the first row (or its description) arrived. */
  firstRowSeconds: number | undefined;
  /** Of cursors, streams and COPY, whose span also covers the time their consumer takes: what counts of it. */
  serverTime: ServerTime | undefined;
  /** Statements in this one request, when there are two or more: then it is a batch. */
  batchSize: number | undefined;
  /** Of a request over HTTP. */
  exchange: HttpExchange | undefined;
  /** The setup of the connection, when the query was sent before that had come to its end. */
  pendingSetup: ConnectOperation | undefined;
  /** What the caller gets, for response hooks; kept no longer than the operation. */
  result: unknown;
  /** Set by the driver for what a statement changes at its client: called before the end is reported. */
  whenSucceeded: ((result: unknown) => void) | undefined;
  /** Rows the server returned; `undefined` when the statement returns none by nature. */
  returnedRows: number | undefined;

  constructor(
    observer: Observer,
    startedAt: number,
    prepared: PreparedStatement,
    client: QueryClient,
    parameters: readonly unknown[] | undefined,
    context?: CallersContext,
  ) {
    super(observer, startedAt, context);
    this.prepared = prepared;
    this.client = client;
    this.parameters = parameters;
  }

  get kind(): 'query' | 'batch' {
    return this.batchSize === undefined ? 'query' : 'batch';
  }

  get target(): Target {
    return this.prepared.target;
  }

  get pool(): PoolState | undefined {
    return this.client.pool;
  }

  /** Known when it has failed. */
  get isUnread(): boolean {
    return this.failure !== undefined && isUnread(this.failure.sqlState);
  }

  /** Until a server has read the statement, of the part that is certainly read right. */
  override get summary(): string {
    const { statement } = this.prepared;
    return statement.isAccepted ? statement.summary : statement.summaryIfUnread;
  }

  /** A batch knows of each of its statements whether it is. */
  get isParameterised(): boolean {
    return this.parameters !== undefined || this.batchSize !== undefined;
  }

  /** Seconds in which its connection was still being set up. */
  get setupSeconds(): number | undefined {
    const { pendingSetup } = this;
    if (pendingSetup === undefined) return undefined;
    return seconds((pendingSetup.endedAt ?? this.endedAt ?? now()) - this.startedAt);
  }

  /** Of cursors, streams and COPY not their consumer's time. */
  override get countedSeconds(): number {
    return this.serverTime?.seconds ?? this.durationSeconds;
  }

  /** The client's queue has let it go: it is on its way to the server. */
  leftQueue(): void {
    if (!this.isQueued) return;
    this.queueSeconds = seconds(now() - this.startedAt);
    if (this.progress !== undefined) this.progress.queueSeconds = this.queueSeconds;
  }

  firstRowArrived(): void {
    const { progress } = this;
    this.prepared.statement.isAccepted = true;
    if (this.firstRowSeconds !== undefined || !(this.isFirstRowTimed || progress?.isSlow)) return;
    this.firstRowSeconds = seconds(now() - this.startedAt);
    if (progress !== undefined) progress.firstRowSeconds = this.firstRowSeconds;
  }

  protected override tellStart(): void {
    this.observer.queryStarted(this);
  }

  protected override tellEnd(): void {
    this.#noteAccepted();
    if (!this.hasFailed) this.whenSucceeded?.(this.result);
    this.observer.queryEnded(this);
  }

  /**
   * Read without an error, or with one that comes after the text was read. The server reads the statements of a batch
   * one by one: it has read all of them only when none has failed.
   */
  #noteAccepted(): void {
    const { statement } = this.prepared;
    if (statement.isAccepted) return;
    const { failure, batchSize } = this;
    statement.isAccepted =
      failure === undefined ||
      (batchSize === undefined && failure.sqlState !== undefined && isRead(failure.sqlState));
  }
}
