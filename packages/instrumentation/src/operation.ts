import {
  type Context,
  context,
  type Span,
  type SpanContext,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import { now, seconds } from './clock';
import { classifyError, type ErrorClass } from './error-class';
import type { PoolState } from './pool-state';
import type { PreparedStatement } from './statement';
import type { Target } from './target';
import type { Observer } from './telemetry';
import { ownFailure } from './warnings';

export type OperationKind = 'query' | 'connect' | 'acquire';

/** How long something was asked of the server, without the time a consumer took. */
export interface ServerTime {
  /** Seconds so far. */
  readonly seconds: number;
}

/** What an observer keeps of a running operation; it is told how far that has come. */
export interface Progress {
  queueSeconds: number | undefined;
  firstRowSeconds: number | undefined;
  /** It has run for so long that its first row is timed, whatever the sampling decided. */
  readonly isSlow: boolean;
}

/**
 * One thing a driver does, from its start to its end: the record that drivers write and observers read.
 * Drivers call the verbs `start`, `succeeded` and `failed`; who listens is no business of theirs, and nothing
 * that goes wrong there reaches them.
 */
abstract class OperationBase {
  abstract get kind(): OperationKind;
  abstract readonly target: Target;
  /** The pool it is done by or for. */
  abstract readonly pool: PoolState | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  endedAt: number | undefined;
  /** What was rejected, thrown or passed to the callback; `undefined` for success. */
  error: unknown;
  /** The caller's context: parent of the span, and where the caller's callbacks run. */
  readonly context: Context;
  /** The span of this operation, where there is one. */
  span: Span | undefined;
  /** The start of the span, as it was told. */
  spanStart: TimeInput | undefined;
  /** Another instrumentation makes a span of this, so ours does not. */
  isTracedElsewhere = false;
  /** Set by the observer of what runs, while this does. */
  progress: Progress | undefined;
  protected readonly observer: Observer;
  #failure: ErrorClass | undefined;

  constructor(observer: Observer, startedAt: number, parent: Context = context.active()) {
    this.observer = observer;
    this.startedAt = startedAt;
    this.context = parent;
  }

  start(): this {
    try {
      this.tellStart();
    } catch (error) {
      ownFailure(`the start of a ${this.kind} operation`, error);
    }
    return this;
  }

  succeeded(): void {
    this.#end(undefined);
  }

  failed(error: unknown): void {
    this.#end(error ?? null);
  }

  /** The first end counts: a query that timed out is answered by the server later, too. */
  #end(error: unknown): void {
    if (this.endedAt !== undefined) return;
    this.endedAt = now();
    this.error = error;
    try {
      this.tellEnd();
    } catch (failure) {
      ownFailure(`the end of a ${this.kind} operation`, failure);
    }
  }

  protected abstract tellStart(): void;
  protected abstract tellEnd(): void;

  get hasEnded(): boolean {
    return this.endedAt !== undefined;
  }

  get hasFailed(): boolean {
    return this.error !== undefined;
  }

  /** What the error is called in telemetry, worked out once; `undefined` for success. */
  get failure(): ErrorClass | undefined {
    if (this.#failure === undefined && this.hasFailed) this.#failure = classifyError(this.error);
    return this.#failure;
  }

  get durationSeconds(): number {
    return seconds((this.endedAt ?? now()) - this.startedAt);
  }

  /** What counts of the duration, in seconds. */
  get countedSeconds(): number {
    return this.durationSeconds;
  }

  /** `db.query.summary` of a query; empty otherwise, and for a text that names no operation. */
  get summary(): string {
    return '';
  }

  /** Identifies the operation's span, else its caller's, without keeping the caller's context alive. */
  get spanContext(): SpanContext | undefined {
    return this.span === undefined ? this.callerSpanContext : this.span.spanContext();
  }

  /** Identifies the caller's trace without keeping the caller's context alive. */
  get callerSpanContext(): SpanContext | undefined {
    return trace.getSpanContext(this.context);
  }

  /** Runs a callback of the caller in the caller's context, which the driver's events have lost. */
  inCallersContext<Result>(callback: () => Result): Result {
    return context.with(this.context, callback);
  }
}

/** What is known of the client of a query. */
export interface QueryClient {
  /** Whose connection it is. */
  readonly pool: PoolState | undefined;
  /** Who can end its queries: once it is collected, nobody does. */
  readonly reference: WeakRef<object>;
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
  /** Set by an observer that will show {@link firstRowSeconds}: otherwise it costs no clock reading. */
  isFirstRowTimed = false;
  /** Seconds the caller waited for the pool before this, the first query of a checkout. */
  poolWaitSeconds: number | undefined;
  /** Seconds in the client's queue, behind other queries; `undefined` when it was sent at once. */
  queueSeconds: number | undefined;
  /** Seconds until the first row (or its description) arrived. */
  firstRowSeconds: number | undefined;
  /** Of cursors, streams and COPY, whose span also covers the time their consumer takes: what counts of it. */
  serverTime: ServerTime | undefined;
  /** What the caller gets, for response hooks; kept no longer than the operation. */
  result: unknown;
  /** Rows the server returned; `undefined` when the statement returns none by nature. */
  returnedRows: number | undefined;

  constructor(
    observer: Observer,
    startedAt: number,
    prepared: PreparedStatement,
    client: QueryClient,
    parameters: readonly unknown[] | undefined,
  ) {
    super(observer, startedAt);
    this.prepared = prepared;
    this.client = client;
    this.parameters = parameters;
  }

  get kind(): 'query' {
    return 'query';
  }

  get target(): Target {
    return this.prepared.target;
  }

  get pool(): PoolState | undefined {
    return this.client.pool;
  }

  override get summary(): string {
    return this.prepared.statement.summary;
  }

  get isParameterised(): boolean {
    return this.parameters !== undefined;
  }

  /** Of cursors, streams and COPY not their consumer's time. */
  override get countedSeconds(): number {
    return this.serverTime?.seconds ?? this.durationSeconds;
  }

  /** The client's queue has let it go: it is on its way to the server. */
  leftQueue(): void {
    this.queueSeconds = seconds(now() - this.startedAt);
    if (this.progress !== undefined) this.progress.queueSeconds = this.queueSeconds;
  }

  firstRowArrived(): void {
    const { progress } = this;
    if (this.firstRowSeconds !== undefined || !(this.isFirstRowTimed || progress?.isSlow)) return;
    this.firstRowSeconds = seconds(now() - this.startedAt);
    if (progress !== undefined) progress.firstRowSeconds = this.firstRowSeconds;
  }

  protected override tellStart(): void {
    this.observer.queryStarted(this);
  }

  protected override tellEnd(): void {
    this.observer.queryEnded(this);
  }
}

/** Steps of a connection's setup, in order; those a transport does not have are left out. */
export const SETUP_PHASES = ['dns', 'tcp', 'tls', 'startup', 'auth', 'ready'] as const;
export type SetupPhase = (typeof SETUP_PHASES)[number];

export interface SetupStep {
  readonly phase: SetupPhase;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A physical connection from `client.connect` to ready for queries. */
export class ConnectOperation extends OperationBase {
  readonly target: Target;
  /** The pool that opens the connection. */
  readonly pool: PoolState | undefined;
  /** Finished phases, in order; after a failure the last one is the phase that failed. */
  steps: readonly SetupStep[] = [];
  /** The address that was really reached. */
  peer: { readonly address: string; readonly port: number | undefined } | undefined;

  constructor(
    observer: Observer,
    startedAt: number,
    target: Target,
    dialledFor: { pool: PoolState; acquire: AcquireOperation | undefined } | undefined,
  ) {
    super(observer, startedAt, dialledFor?.acquire?.ownContext);
    this.target = target;
    this.pool = dialledFor?.pool;
  }

  get kind(): 'connect' {
    return 'connect';
  }

  protected override tellStart(): void {
    this.observer.connectStarted(this);
  }

  protected override tellEnd(): void {
    this.observer.connectEnded(this);
  }
}

/** How a request for a connection is served: an idle one, a new one, or after waiting in the queue. */
export type AcquirePath = 'idle' | 'new' | 'queued';

/** A request for a connection of a pool, from `pool.connect` to its delivery. */
export class AcquireOperation extends OperationBase {
  override readonly pool: PoolState;
  readonly path: AcquirePath;

  constructor(observer: Observer, startedAt: number, pool: PoolState, path: AcquirePath) {
    super(observer, startedAt);
    this.pool = pool;
    this.path = path;
  }

  get kind(): 'acquire' {
    return 'acquire';
  }

  get target(): Target {
    return this.pool.target;
  }

  /** Context of what is done for this request: a connection opened for it is its child. */
  get ownContext(): Context {
    return this.span === undefined ? this.context : trace.setSpan(this.context, this.span);
  }

  protected override tellStart(): void {
    this.observer.acquireStarted(this);
  }

  protected override tellEnd(): void {
    this.observer.acquireEnded(this);
  }
}

export type Operation = QueryOperation | ConnectOperation | AcquireOperation;
