import type { Span, TimeInput } from '@opentelemetry/api';
import type { OperationBase } from './base';

/** The record of an operation that runs for long. It references nothing of the caller's, so drivers report progress to it. */
export interface Progress {
  queueSeconds: number | undefined;
  firstRowSeconds: number | undefined;
  /** The operation has crossed a limit, so the time of its first row is recorded, even if its span is not sampled. */
  readonly isSlow: boolean;
}

/**
 * The state that the observers keep for one operation. The operation carries it, because looking it up by the operation
 * would cost more than all of its fields.
 */
export class Observation {
  readonly operation: OperationBase;
  /** The span of the operation, if it has one. */
  span: Span | undefined;
  /** The start time that the span was given. */
  spanStart: TimeInput | undefined;
  /** The span shows the time of the first row; otherwise it is not read from the clock. */
  isFirstRowTimed = false;
  /** The span has no text yet, because the server may not be able to read the statement. */
  isTextPending = false;
  /** Milliseconds up to the start that do not count for limits; `undefined` for an operation without limits. */
  uncountedBefore: number | undefined;
  /** Set at the first check of the operation. */
  progress: Progress | undefined;
  /** Neighbours in the order of starts, until the first check of the operation. */
  previous: Observation | undefined;
  next: Observation | undefined;

  constructor(operation: OperationBase) {
    this.operation = operation;
  }
}
