import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { type TraceReport, traceReport } from './trace-report';

/** Traces whose operations are kept at a time: one of them is shown, so there is no need for all. */
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
export class TracedOperations {
  readonly traceId: string;
  readonly isSampled: boolean;
  lastAt = 0;
  /** All operations, of which `operations` are the first ones. */
  operationCount = 0;
  readonly operations: TracedOperation[] = [];

  constructor(traceId: string, isSampled: boolean) {
    this.traceId = traceId;
    this.isSampled = isSampled;
  }

  add({ kind, summary, poolName, phases, errorType, durationSeconds, endedAt }: OperationEndMessage): void {
    this.lastAt = endedAt;
    this.operationCount += 1;
    if (this.operations.length >= MAX_OPERATIONS) return;
    this.operations.push({ kind, summary, poolName, phases, errorType, durationSeconds, endedAt });
  }
}

/** Keeps the operations of a few traces at a time, and those of the last one that has ended. */
export class LatestTrace {
  readonly #open = new Set<TracedOperations>();
  #latest: TracedOperations | undefined;

  /** @returns where to add the operations of a new trace; `undefined` when others are kept already */
  begin(traceId: string, isSampled: boolean): TracedOperations | undefined {
    if (this.#open.size >= MAX_TRACES) return undefined;
    const operations = new TracedOperations(traceId, isSampled);
    this.#open.add(operations);
    return operations;
  }

  /** Ends the traces without operations for some time. @param now milliseconds of `performance.now()` */
  endIdle(now: number): void {
    for (const trace of this.#open) {
      if (now - trace.lastAt < ENDED_MILLIS) continue;
      this.#open.delete(trace);
      const latest = this.#latest;
      if (
        latest === undefined ||
        trace.operationCount >= latest.operationCount ||
        now - latest.lastAt >= REPORTED_MILLIS
      ) {
        this.#latest = trace;
      }
    }
  }

  report(): TraceReport | undefined {
    return this.#latest && traceReport(this.#latest);
  }
}
