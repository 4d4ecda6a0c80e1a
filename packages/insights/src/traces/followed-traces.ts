import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { RequestQueries } from '../findings/request-queries';
import type { LatestTrace, TracedOperations } from './latest-trace';

/**
 * Traces that are followed at a time, from their first operation on: together at most 4 MB. More are left out: to follow
 * one costs several times as much as everything else that is done with an operation, and a finding needs few.
 */
const MAX_TRACES = 500;
/** A trace without operations for this long has ended. */
const ENDED_MILLIS = 5_000;

const SLOTS = 2 ** 15;

interface FollowedTrace {
  readonly traceId: string;
  /** When its last operation ended. */
  lastAt: number;
  readonly queries: RequestQueries;
  /** Of a few traces. */
  readonly operations: TracedOperations | undefined;
}

/** Groups operations by trace. Those without a trace are left out. Moments are in milliseconds since 1970. */
export class FollowedTraces {
  readonly #latest: LatestTrace;
  readonly #requestEnded: (queries: RequestQueries, at: number) => void;
  readonly #open = new Map<string, FollowedTrace>();
  /** 1 where the slot of a followed trace is: most traces of a busy process need no look-up of their text. */
  readonly #slots = new Uint8Array(SLOTS);
  /** The trace of the last operation: the next one often belongs to it as well. */
  #last: FollowedTrace | undefined;

  /**
   * @param latest keeps the operations of a few of them
   * @param requestEnded called with the queries of each trace that has ended, and the end of its last operation
   */
  constructor(latest: LatestTrace, requestEnded: (queries: RequestQueries, at: number) => void) {
    this.#latest = latest;
    this.#requestEnded = requestEnded;
  }

  /** @param at when the operation ended */
  add(message: OperationEndMessage, at: number): void {
    const { kind, traceId } = message;
    if (traceId === undefined) return;
    const last = this.#last;
    const trace =
      last !== undefined && last.traceId === traceId ? last : this.#of(traceId, message.isSampled);
    if (trace === undefined) return;
    this.#last = trace;
    trace.lastAt = at;
    trace.operations?.add(message);
    if (kind === 'query' || kind === 'batch') trace.queries.add(message, at);
  }

  /** Ends the traces without operations for some seconds. */
  endIdle(now: number): void {
    for (const [traceId, { lastAt, queries }] of this.#open) {
      if (now - lastAt < ENDED_MILLIS) continue;
      this.#open.delete(traceId);
      this.#requestEnded(queries, lastAt);
    }
    // All are long, and others must have a chance.
    if (this.#open.size >= MAX_TRACES) this.#open.clear();
    this.#last = undefined;
    this.#slots.fill(0);
    for (const traceId of this.#open.keys()) this.#slots[slotOf(traceId)] = 1;
  }

  #of(traceId: string, isSampled: boolean): FollowedTrace | undefined {
    const slot = slotOf(traceId);
    const known = this.#slots[slot] === 1 ? this.#open.get(traceId) : undefined;
    if (known !== undefined || this.#open.size >= MAX_TRACES) return known;
    const trace: FollowedTrace = {
      traceId,
      lastAt: 0,
      queries: new RequestQueries(traceId),
      operations: this.#latest.begin(traceId, isSampled),
    };
    this.#open.set(traceId, trace);
    this.#slots[slot] = 1;
    return trace;
  }
}

/** A number from the last three characters, which are random (W3C Trace Context). Each hexadecimal digit has 5 other bits. */
function slotOf(traceId: string): number {
  const end = traceId.length;
  return (
    ((traceId.charCodeAt(end - 3) & 31) << 10) |
    ((traceId.charCodeAt(end - 2) & 31) << 5) |
    (traceId.charCodeAt(end - 1) & 31)
  );
}
