import {
  type Context,
  context,
  type Span,
  type SpanContext,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import { now, seconds } from '../clock';
import { classifyError, type ErrorClass } from '../error-class';
import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { logInternalError } from '../warnings';

/** `batch`: several statements that a driver sends in one request. */
export type OperationKind = 'query' | 'batch' | 'connect' | 'acquire';

/** Where a caller is: drivers pass it on when an operation is made later than its caller asked for it. */
export type CallersContext = Context;
export const callersContext = (): CallersContext => context.active();

/** Runs what is the caller's where the caller was. */
export const inContext = <Result>(callers: CallersContext, run: () => Result): Result =>
  context.with(callers, run);

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
export abstract class OperationBase {
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
  /** Another instrumentation makes a span of this, and of a query a duration, so ours does not. */
  isTracedElsewhere = false;
  /** Set by the observer of what runs, when it looks at this for the first time. */
  progress: Progress | undefined;
  /** Set by that observer while this runs: milliseconds, all together, that were not counted when it started. */
  uncountedBefore: number | undefined;
  /** Neighbours in the order of starts, until that observer looks at this for the first time. */
  previous: OperationBase | undefined;
  next: OperationBase | undefined;
  protected readonly observer: Observer;
  #failure: ErrorClass | undefined;

  constructor(observer: Observer, startedAt: number, parent: CallersContext = callersContext()) {
    this.observer = observer;
    this.startedAt = startedAt;
    this.context = parent;
  }

  start(): this {
    try {
      this.tellStart();
    } catch (error) {
      logInternalError(`the start of a ${this.kind} operation`, error);
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
      logInternalError(`the end of a ${this.kind} operation`, failure);
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

  /** Context of what is done for this operation: its span, where there is one, is the parent. */
  get ownContext(): Context {
    return this.span === undefined ? this.context : trace.setSpan(this.context, this.span);
  }

  /** Runs what is done for this operation, and may be traced for itself. */
  inOwnContext(work: (...args: unknown[]) => unknown, self: unknown, args: ArrayLike<unknown>): unknown {
    // Not passed to `with`: a context manager may make null of a `this` that is undefined.
    return context.with(this.ownContext, () => Reflect.apply(work, self, args));
  }

  /** Runs a callback of the caller in the caller's context, which the driver's events have lost. */
  inCallersContext<Result>(callback: () => Result): Result {
    return context.with(this.context, callback);
  }
}
