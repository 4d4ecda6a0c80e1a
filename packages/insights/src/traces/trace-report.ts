import type { OperationKind } from '@pg-otel/instrumentation/channels';
import type { TracedOperation, TracedOperations } from './latest-trace';

/** A line of the tree of a trace, below its parent. */
export interface TraceEntry {
  readonly kind: OperationKind | 'phase';
  /** `db.query.summary`, the pool of an `acquire` or `connect`, or the phase of a setup. */
  readonly name: string;
  /** 0 for an operation of the request, 1 for a part of it, and so on. */
  readonly depth: number;
  /** Seconds from the start of the trace to the start of this entry. */
  readonly startSeconds: number;
  readonly seconds: number;
  /** `error.type`; absent when it succeeded. */
  readonly errorType: string | undefined;
}

/** The operations of one trace in this process. */
export interface TraceReport {
  readonly traceId: string;
  /** Whether the trace is recorded, so that the trace backend has it. */
  readonly isSampled: boolean;
  /** From the start of its first operation to the end of its last one. */
  readonly seconds: number;
  /** Its operations; `entries` has the first 30. */
  readonly operationCount: number;
  /** In the order of a tree that is written from top to bottom. */
  readonly entries: readonly TraceEntry[];
}

/** The clocks of a connection and of the request that waits for it may be read in any order. */
const TOLERANCE_SECONDS = 0.001;

export function traceReport({
  traceId,
  isSampled,
  operationCount,
  operations,
}: TracedOperations): TraceReport {
  const start = Math.min(...operations.map(startOf));
  const end = Math.max(...operations.map(endOf));
  const ordered = [...operations].sort((one, other) => startOf(one) - startOf(other));
  const parents = new Map(ordered.map((operation) => [operation, parentOf(operation, ordered)]));
  const entries = (parent: TracedOperation | undefined, depth: number): TraceEntry[] =>
    ordered
      .filter((operation) => parents.get(operation) === parent)
      .flatMap((operation) => [
        {
          kind: operation.kind,
          name: operation.summary || operation.poolName || '',
          depth,
          startSeconds: startOf(operation) - start,
          seconds: operation.durationSeconds,
          errorType: operation.errorType,
        },
        ...entries(operation, depth + 1),
        ...phasesOf(operation, startOf(operation) - start, depth + 1),
      ]);
  return {
    traceId,
    isSampled,
    seconds: end - start,
    operationCount,
    entries: entries(undefined, 0),
  };
}

/** Seconds of the monotonic clock. */
const endOf = ({ endedAt }: TracedOperation): number => endedAt / 1_000;
const startOf = (operation: TracedOperation): number => endOf(operation) - operation.durationSeconds;

/** A connection that is opened while the request waits for the pool belongs to that wait: the one that ended with it. */
function parentOf(operation: TracedOperation, all: readonly TracedOperation[]): TracedOperation | undefined {
  if (operation.kind !== 'connect') return undefined;
  return all
    .filter(
      (other) =>
        other.kind === 'acquire' &&
        other.poolName === operation.poolName &&
        startOf(other) <= startOf(operation) + TOLERANCE_SECONDS &&
        endOf(other) >= endOf(operation) - TOLERANCE_SECONDS,
    )
    .sort((one, other) => endOf(one) - endOf(other))[0];
}

/** The phases follow one another. */
function phasesOf({ phases = [] }: TracedOperation, start: number, depth: number): TraceEntry[] {
  let startSeconds = start;
  return phases.map(({ phase, seconds }) => {
    const entry = { kind: 'phase', name: phase, depth, startSeconds, seconds, errorType: undefined } as const;
    startSeconds += seconds;
    return entry;
  });
}
