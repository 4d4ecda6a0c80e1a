import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';

/** Statements of a request that are counted. */
const MAX_STATEMENTS = 50;

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
  /** When the first and the last one ended. */
  readonly firstAt: number;
  lastAt: number;
}

/** A transaction of a request, from `BEGIN`. */
interface OpenTransaction {
  readonly begunAt: number;
  /** When its last statement ended. */
  lastAt: number;
  lastSummary: string;
  /** Milliseconds in which none of its statements ran. */
  idleMillis: number;
  /** The longest time in which none of them ran, and the statement before it. */
  longestIdleMillis: number;
  idleAfter: string;
  endedAt: number | undefined;
}

/** The queries of one trace in this process. Moments are in milliseconds since 1970. */
export class RequestQueries {
  readonly traceId: string;
  readonly statements = new Map<string, RepeatedStatement>();
  transaction: OpenTransaction | undefined;
  /** The trace does not show to which of two transactions a statement belongs. */
  hasSeveralTransactions = false;

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  /** @param at when the query ended */
  add(message: OperationEndMessage, at: number): void {
    const { summary = '', errorType, returnedRows = 0, durationSeconds } = message;
    // A command returns no rows: most queries need no look-up.
    const command = message.returnedRows === undefined ? COMMANDS.get(summary) : undefined;
    addToTransaction(this, summary, command, at, durationSeconds);
    if (errorType !== undefined) return;
    const { statements } = this;
    const known = statements.get(summary);
    if (known === undefined) {
      const order = statements.size;
      if (order >= MAX_STATEMENTS) return;
      statements.set(summary, {
        count: 1,
        rows: returnedRows,
        firstRows: returnedRows,
        order,
        seconds: durationSeconds,
        firstAt: at,
        lastAt: at,
      });
      return;
    }
    known.count += 1;
    known.rows += returnedRows;
    known.seconds += durationSeconds;
    known.lastAt = at;
  }
}

function addToTransaction(
  request: RequestQueries,
  summary: string,
  command: string | undefined,
  at: number,
  seconds: number,
): void {
  const { transaction } = request;
  if (command === 'begin') {
    if (transaction !== undefined) request.hasSeveralTransactions = true;
    request.transaction = {
      begunAt: at,
      lastAt: at,
      lastSummary: summary,
      idleMillis: 0,
      longestIdleMillis: 0,
      idleAfter: summary,
      endedAt: undefined,
    };
    return;
  }
  if (transaction === undefined || transaction.endedAt !== undefined) return;
  const idleMillis = Math.max(0, at - seconds * 1000 - transaction.lastAt);
  if (idleMillis > transaction.longestIdleMillis) {
    transaction.longestIdleMillis = idleMillis;
    transaction.idleAfter = transaction.lastSummary;
  }
  transaction.idleMillis += idleMillis;
  transaction.lastAt = at;
  transaction.lastSummary = summary;
  if (command === 'end') transaction.endedAt = at;
}
