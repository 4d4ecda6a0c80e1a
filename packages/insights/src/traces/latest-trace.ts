import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { type TraceReport, traceReport } from './trace-report';

/** Traces that are followed at a time: one of them is shown, so there is no need for all. */
const MAX_TRACES = 8;
const MAX_OPERATIONS = 30;
/** A trace without an operation for this long has ended. */
const ENDED_MILLIS = 1_000;
/** A trace with fewer operations replaces the one that is reported after this time, so that there is time to read it. */
const REPORTED_MILLIS = 5_000;

/** What is kept of an operation: its message has more. */
export type TracedOperation = Pick<
  OperationEndMessage,
  'kind' | 'summary' | 'poolName' | 'phases' | 'errorType' | 'durationSeconds' | 'endedAt'
>;

/** The operations of one trace in this process. Times are milliseconds of `performance.now()`. */
export interface FollowedTrace {
  readonly traceId: string;
  readonly isSampled: boolean;
  lastAt: number;
  /** All operations, of which `operations` are the first ones. */
  operationCount: number;
  readonly operations: TracedOperation[];
}

/** Follows a few traces at a time, and keeps the last one that has ended. */
export class LatestTrace {
  readonly #open = new Map<string, FollowedTrace>();
  #latest: FollowedTrace | undefined;

  add(message: OperationEndMessage): void {
    const { traceId } = message;
    if (traceId === undefined) return;
    let followed = this.#open.get(traceId);
    if (followed === undefined) {
      if (this.#open.size >= MAX_TRACES) return;
      followed = { traceId, isSampled: message.isSampled, lastAt: 0, operationCount: 0, operations: [] };
      this.#open.set(traceId, followed);
    }
    followed.lastAt = message.endedAt;
    followed.operationCount += 1;
    if (followed.operations.length >= MAX_OPERATIONS) return;
    const { kind, summary, poolName, phases, errorType, durationSeconds, endedAt } = message;
    followed.operations.push({ kind, summary, poolName, phases, errorType, durationSeconds, endedAt });
  }

  /** @param now milliseconds of `performance.now()` */
  report(now: number): TraceReport | undefined {
    for (const trace of this.#open.values()) {
      if (now - trace.lastAt < ENDED_MILLIS) continue;
      this.#open.delete(trace.traceId);
      const latest = this.#latest;
      if (
        latest === undefined ||
        trace.operationCount >= latest.operationCount ||
        now - latest.lastAt >= REPORTED_MILLIS
      ) {
        this.#latest = trace;
      }
    }
    return this.#latest && traceReport(this.#latest);
  }
}
