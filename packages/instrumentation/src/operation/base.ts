import { type Context, context, type SpanContext, trace } from '@opentelemetry/api';
import { now, seconds } from '../clock';
import { classifyError, type ErrorClass } from '../error-class';
import type { PoolState } from '../pool-state';
import type { Target } from '../target';
import type { Observer } from '../telemetry';
import { withIds } from '../trace-identity';
import { logInternalError } from '../warnings';
import { Observation } from './observation';

/** `batch`: several statements that a driver sends in one request. */
export type OperationKind = 'query' | 'batch' | 'connect' | 'acquire';

/** The context of a caller. Drivers keep it when they create an operation later than the caller's call. */
export type CallersContext = Context;
export const callersContext = (): CallersContext => context.active();

/**
 * Runs the caller's code in the caller's context. The code often runs in this context already, and entering a context costs
 * several times as much as reading the active one.
 */
export function applyInContext(
  callers: CallersContext,
  work: (...args: unknown[]) => unknown,
  self: unknown,
  args: ArrayLike<unknown>,
): unknown {
  if (context.active() === callers) return Reflect.apply(work, self, args);
  return enter(callers, work, self, args);
}

/** A separate function: V8 would allocate the variables of the closure at each call of a function that contains it. */
function enter(
  callers: CallersContext,
  work: (...args: unknown[]) => unknown,
  self: unknown,
  args: ArrayLike<unknown>,
): unknown {
  // `self` is not passed to `with`: a context manager may turn a `this` that is undefined into null.
  return context.with(callers, () => Reflect.apply(work, self, args));
}

/**
 * One thing a driver does, from its start to its end. Drivers call `start`, then `succeeded` or `failed`; observers
 * read the properties. Errors in observers do not reach the driver.
 */
export abstract class OperationBase {
  abstract get kind(): OperationKind;
  abstract readonly target: Target;
  /** The pool that does the operation, or for which it is done. */
  abstract readonly pool: PoolState | undefined;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  endedAt: number | undefined;
  /** The value that was rejected, thrown or passed to the callback; `undefined` for success. */
  error: unknown;
  /** The caller's context: parent of the span, and the context of the caller's callbacks. */
  readonly context: Context;
  /** Another instrumentation creates the span and records the duration of a query, so pg-otel does neither. */
  isTracedElsewhere = false;
  /** The state of the observers, created by {@link observe}; `undefined` for an operation that they do not report. */
  observation: Observation | undefined;
  protected readonly observer: Observer;
  #failure: ErrorClass | undefined;

  constructor(observer: Observer, startedAt: number, parent: CallersContext = callersContext()) {
    this.observer = observer;
    this.startedAt = startedAt;
    this.context = parent;
  }

  start(): this {
    try {
      this.reportStart();
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

  /** Only the first end counts: a query that has timed out ends again when the server answers it. */
  #end(error: unknown): void {
    if (this.endedAt !== undefined) return;
    this.endedAt = now();
    this.error = error;
    try {
      this.reportEnd();
    } catch (failure) {
      logInternalError(`the end of a ${this.kind} operation`, failure);
    }
  }

  protected abstract reportStart(): void;
  protected abstract reportEnd(): void;

  /** Returns the state of the observers, which the first call creates. */
  observe(): Observation {
    this.observation ??= new Observation(this);
    return this.observation;
  }

  get hasEnded(): boolean {
    return this.endedAt !== undefined;
  }

  get hasFailed(): boolean {
    return this.error !== undefined;
  }

  /** The class of the error, computed once; `undefined` for success. */
  get failure(): ErrorClass | undefined {
    if (this.#failure === undefined && this.hasFailed) this.#failure = classifyError(this.error);
    return this.#failure;
  }

  get durationSeconds(): number {
    return seconds((this.endedAt ?? now()) - this.startedAt);
  }

  /** The part of the duration that counts for limits and histograms, in seconds. */
  get countedSeconds(): number {
    return this.durationSeconds;
  }

  /** `db.query.summary` of a query; empty otherwise, and for a text that names no operation. */
  get summary(): string {
    return '';
  }

  /** Whether no limit applies to the duration. */
  get isLongByNature(): boolean {
    return false;
  }

  /** Identifies the operation's span, or its caller's when it has none, without keeping the caller's context alive. */
  get spanContext(): SpanContext | undefined {
    const span = this.observation?.span;
    return span === undefined ? this.callerSpanContext : withIds(span.spanContext());
  }

  /** Identifies the caller's span without keeping the caller's context alive. */
  get callerSpanContext(): SpanContext | undefined {
    return withIds(trace.getSpanContext(this.context));
  }

  /** The context of work for this operation: the operation's span, if it has one, is the parent. */
  get ownContext(): Context {
    const span = this.observation?.span;
    return span === undefined ? this.context : trace.setSpan(this.context, span);
  }

  /** Runs work for this operation that may create spans. */
  inOwnContext(work: (...args: unknown[]) => unknown, self: unknown, args: ArrayLike<unknown>): unknown {
    return applyInContext(this.ownContext, work, self, args);
  }

  /** Runs a callback of the caller in the caller's context, which is not active in the driver's events. */
  inCallersContext(work: (...args: unknown[]) => unknown, self: unknown, args: ArrayLike<unknown>): unknown {
    return enter(this.context, work, self, args);
  }
}
