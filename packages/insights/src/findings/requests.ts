import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';

/**
 * Requests whose queries are followed at a time, and statements of each: together at most 4 MB. More requests are not
 * followed: to follow one costs several times as much as everything else that is done with a query, and a finding needs few.
 */
const MAX_REQUESTS = 500;
const MAX_STATEMENTS = 50;
/** A request without queries for this long has ended. */
const ENDED_MILLIS = 5_000;

/** Commands that begin or end a transaction, as they are usually written: a look-up costs less than a change of case. */
const COMMANDS = new Map(
  Object.entries({ BEGIN: 'begin', 'START TRANSACTION': 'begin', COMMIT: 'end', ROLLBACK: 'end' }).flatMap(
    ([text, command]) => [text, text.toLowerCase()].map((written) => [written, command] as const),
  ),
);

/** The queries of one request with the same summary, without failed ones. */
export interface RepeatedStatement {
  count: number;
  /** Rows of all of them. */
  rows: number;
  /** Rows of the first one. */
  readonly firstRows: number;
  /** Its place among the statements of the request. */
  readonly order: number;
  seconds: number;
}

/** A transaction of a request, from `BEGIN`. */
interface OpenTransaction {
  readonly begunAt: number;
  /** When its last statement ended. */
  lastAt: number;
  /** Milliseconds in which none of its statements ran. */
  idleMillis: number;
  endedAt: number | undefined;
}

/** The queries of one trace in this process. Moments are in milliseconds since 1970. */
export interface RequestQueries {
  readonly traceId: string;
  readonly statements: Map<string, RepeatedStatement>;
  lastAt: number;
  transaction: OpenTransaction | undefined;
  /** The trace does not show to which of two transactions a statement belongs. */
  hasSeveralTransactions: boolean;
}

/** Groups queries by trace. Queries without a trace belong to no request. */
export class Requests {
  readonly #open = new Map<string, RequestQueries>();
  /** The request of the last query: the next one often belongs to it as well. */
  #last: RequestQueries | undefined;
  readonly #ended: (request: RequestQueries) => void;

  /** @param ended called with each request that has ended */
  constructor(ended: (request: RequestQueries) => void) {
    this.#ended = ended;
  }

  add(message: OperationEndMessage, at: number): void {
    const { traceId } = message;
    if (traceId === undefined) return;
    const request = this.#last?.traceId === traceId ? this.#last : this.#of(traceId, at);
    if (request === undefined) return;
    this.#last = request;
    const { summary = '', errorType, returnedRows = 0, durationSeconds } = message;
    request.lastAt = at;
    // A command returns no rows: most queries need no look-up.
    const command = message.returnedRows === undefined ? COMMANDS.get(summary) : undefined;
    addToTransaction(request, command, at, durationSeconds);
    if (errorType !== undefined) return;
    const known = request.statements.get(summary);
    if (known === undefined) {
      if (request.statements.size >= MAX_STATEMENTS) return;
      const order = request.statements.size;
      request.statements.set(summary, {
        count: 1,
        rows: returnedRows,
        firstRows: returnedRows,
        order,
        seconds: durationSeconds,
      });
      return;
    }
    known.count += 1;
    known.rows += returnedRows;
    known.seconds += durationSeconds;
  }

  /** Ends the requests without queries for some seconds. */
  endIdle(now: number): void {
    for (const [traceId, request] of this.#open) {
      if (now - request.lastAt < ENDED_MILLIS) continue;
      this.#open.delete(traceId);
      this.#ended(request);
    }
    // All are long, and others must have a chance.
    if (this.#open.size >= MAX_REQUESTS) this.#open.clear();
    this.#last = undefined;
  }

  #of(traceId: string, at: number): RequestQueries | undefined {
    const known = this.#open.get(traceId);
    if (known !== undefined || this.#open.size >= MAX_REQUESTS) return known;
    const request: RequestQueries = {
      traceId,
      statements: new Map(),
      lastAt: at,
      transaction: undefined,
      hasSeveralTransactions: false,
    };
    this.#open.set(traceId, request);
    return request;
  }
}

function addToTransaction(
  request: RequestQueries,
  command: string | undefined,
  at: number,
  seconds: number,
): void {
  const { transaction } = request;
  if (command === 'begin') {
    if (transaction !== undefined) request.hasSeveralTransactions = true;
    request.transaction = { begunAt: at, lastAt: at, idleMillis: 0, endedAt: undefined };
    return;
  }
  if (transaction === undefined || transaction.endedAt !== undefined) return;
  transaction.idleMillis += Math.max(0, at - seconds * 1000 - transaction.lastAt);
  transaction.lastAt = at;
  if (command === 'end') transaction.endedAt = at;
}
