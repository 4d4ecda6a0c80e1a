import type { Span, TimeInput } from '@opentelemetry/api';
import type { Diagnosis } from '../diagnosis/contracts';
import type { OperationBase } from './base';

/** The record of a long-running operation, to which drivers report progress. It references no object of the caller. */
export interface Progress {
  /** The newest answer to why it is slow. */
  readonly diagnosis: Diagnosis | undefined;
  queueSeconds: number | undefined;
  firstRowSeconds: number | undefined;
  /** The operation has crossed a limit, so the time of its first row is recorded, even if its span is not sampled. */
  readonly isSlow: boolean;
}

/**
 * The state that the observers keep for one operation. The operation has a reference to it, because a lookup by
 * operation would cost more than all fields of this class.
 */
export class Observation {
  readonly operation: OperationBase;
  /** The span of the operation, if it has one. */
  span: Span | undefined;
  /** The start time that the span was given. */
  spanStart: TimeInput | undefined;
  /** The span needs the time of the first row. Otherwise the clock is not read for it. */
  isFirstRowTimed = false;
  /** The span has no query text yet, because it is not known whether the server can parse the statement. */
  isTextPending = false;
  /**
   * The milliseconds that the heartbeat had excluded when the operation started. Milliseconds that are excluded later
   * do not count for limits. `undefined` for an operation without limits.
   */
  uncountedBefore: number | undefined;
  /** Set at the first check of the operation. */
  progress: Progress | undefined;
  /** Neighbours in a linked list, in order of start, until the first check of the operation. */
  previous: Observation | undefined;
  next: Observation | undefined;

  constructor(operation: OperationBase) {
    this.operation = operation;
  }
}
