import { now, seconds } from '../clock';
import type { PoolState } from '../pool-state';
import { isRead, isUnread } from '../sqlstate';
import type { PreparedStatement } from '../statement';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { type CallersContext, OperationBase } from './base';
import { QueryDetails } from './query-details';

/** The client of a query. */
export interface QueryClient {
  /** The pool that owns the connection. */
  readonly pool: PoolState | undefined;
  /** The object that ends its queries: once it is garbage-collected, they never end. Absent in runtimes without weak references. */
  readonly reference: WeakRef<object> | undefined;
  /** The driver's client, for questions about its session at the server. Absent for requests over HTTP. */
  readonly client?: WeakRef<object> | undefined;
}

/** A statement, or several in one text or request, from `client.query` to its end. */
export class QueryOperation extends OperationBase {
  readonly prepared: PreparedStatement;
  readonly client: QueryClient;
  /** Bound values; `undefined` if there are none. Observers report them only if an option enables it, and never keep them. */
  readonly parameters: readonly unknown[] | undefined;
  /** The driver calls a callback instead of settling a promise. The callback has to run in the caller's context. */
  callsBack = false;
  /** It waits on its client: for the setup of the connection, or for queries ahead of it. */
  isQueued = false;
  /** The database runs in this process, and blocks the event loop while it runs a statement. */
  isInProcess = false;
  /** Seconds that the caller waited for the pool. Set only for the first query of a checkout. */
  poolWaitSeconds: number | undefined;
  /** Seconds until the first row (or its description) arrived, if an observer needs them. */
  firstRowSeconds: number | undefined;
  /** The result that the caller gets, for response hooks. */
  result: unknown;
  /** Rows that the server returned; `undefined` for a statement that never returns rows. */
  returnedRows: number | undefined;
  /** Details that most queries do not have, added by {@link addDetails}. */
  details: Readonly<QueryDetails> | undefined;

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
    return this.details?.batchSize === undefined ? 'query' : 'batch';
  }

  get target(): Target {
    return this.prepared.target;
  }

  get pool(): PoolState | undefined {
    return this.client.pool;
  }

  addDetails(details: Partial<QueryDetails>): void {
    this.details = Object.assign(this.details ?? new QueryDetails(), details);
  }

  /** Whether the query has failed, and the server may not have been able to parse its text. */
  get isUnread(): boolean {
    return this.failure !== undefined && isUnread(this.failure.sqlState);
  }

  /**
   * Until a server has parsed the statement, the summary covers only the part that pg-otel certainly parses as the
   * server does.
   */
  override get summary(): string {
    const { statement } = this.prepared;
    return statement.isAccepted ? statement.summary : statement.summaryIfUnread;
  }

  override get isLongByNature(): boolean {
    return this.prepared.statement.isLongByNature;
  }

  /** Always true for a batch, which knows for each of its statements whether it has bound values. */
  get isParameterised(): boolean {
    return this.parameters !== undefined || this.details?.batchSize !== undefined;
  }

  /** Seconds of the query in which its connection was still being set up. */
  get setupSeconds(): number | undefined {
    const setup = this.details?.pendingSetup;
    return setup && seconds((setup.endedAt ?? this.endedAt ?? now()) - this.startedAt);
  }

  /** Without the time of the consumer of a cursor, stream or COPY. */
  override get countedSeconds(): number {
    return this.details?.serverTime?.seconds ?? this.durationSeconds;
  }

  /** It has left the client's queue and is on its way to the server. */
  leftQueue(): void {
    if (!this.isQueued) return;
    const queueSeconds = seconds(now() - this.startedAt);
    this.addDetails({ queueSeconds });
    const progress = this.observation?.progress;
    if (progress !== undefined) progress.queueSeconds = queueSeconds;
  }

  firstRowArrived(): void {
    this.prepared.statement.isAccepted = true;
    const { observation } = this;
    if (observation === undefined || this.firstRowSeconds !== undefined) return;
    const { isFirstRowTimed, progress } = observation;
    if (!isFirstRowTimed && !progress?.isSlow) return;
    this.firstRowSeconds = seconds(now() - this.startedAt);
    if (progress !== undefined) progress.firstRowSeconds = this.firstRowSeconds;
  }

  protected override reportStart(): void {
    this.observer.queryStarted(this);
  }

  protected override reportEnd(): void {
    this.#noteAccepted();
    if (!this.hasFailed) this.details?.whenSucceeded?.(this.result);
    this.observer.queryEnded(this);
  }

  /**
   * The server has parsed the text if it answers without an error, or with an error that is raised after parsing. It
   * parses the statements of a batch one by one, so it has parsed all of them only if none has failed.
   */
  #noteAccepted(): void {
    const { statement } = this.prepared;
    if (statement.isAccepted) return;
    const { failure } = this;
    statement.isAccepted =
      failure === undefined ||
      (this.kind === 'query' && failure.sqlState !== undefined && isRead(failure.sqlState));
  }
}
