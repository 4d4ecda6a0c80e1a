import type { Sighting } from './finding';
import type { RepeatedStatement, RequestQueries } from './request-queries';

/** A statement that runs once for each row of another one: at least so many times. */
const MIN_FOR_ROWS = 10;
/** The rows of the other statement and the repetitions may differ by this share: rows without a reference, and caches. */
const ROWS_TOLERANCE = 0.1;
/** A statement that runs in a loop, without another one that explains it: at least so many times. */
const MIN_IN_LOOP = 20;
/** A longer pause from one execution to the next is a request that polls. */
const MAX_PAUSE_MILLIS = 100;
/** A transaction that is open for at least so long, and idle for at least this share of that time. */
const MIN_IDLE_MILLIS = 1_000;
const MIN_IDLE_SHARE = 0.5;

/** What the queries of a request prove. */
export function sightingsOf(request: RequestQueries): Sighting[] {
  return [...repeated(request), ...idleTransaction(request)];
}

function* repeated({ traceId, statements }: RequestQueries): Generator<Sighting> {
  for (const [summary, statement] of statements) {
    // Without a table, as in SELECT set_config(…), no query for all rows replaces it.
    if (!/^SELECT \S/i.test(summary) || statement.count < MIN_FOR_ROWS) continue;
    const source = [...statements].find(([, other]) => returnedAsMany(other, statement));
    if (source !== undefined) {
      const sentence = `${summary} ran ${statement.count} times in one request, once for each of the ${source[1].firstRows} rows of ${source[0]}: ${inAll(statement)}`;
      yield { kind: 'n_plus_one', summary, sentence, traceId };
    } else if (isLoop(statement)) {
      const sentence = `${summary} ran ${statement.count} times in one request, for at most one row each: ${inAll(statement)}. One query with = any($1) returns the same rows`;
      yield { kind: 'loop', summary, sentence, traceId };
    }
  }
}

/** Whether a statement ran once, before the other one, and returned as many rows as the other one ran. */
function returnedAsMany(source: RepeatedStatement, { count, order }: RepeatedStatement): boolean {
  if (source.count !== 1 || source.order >= order) return false;
  return Math.abs(source.firstRows - count) <= count * ROWS_TOLERANCE;
}

/** The first execution does not count: its time is before the first pause. */
function isLoop({ count, rows, seconds, firstAt, lastAt }: RepeatedStatement): boolean {
  if (count < MIN_IN_LOOP || rows > count) return false;
  return (lastAt - firstAt - (seconds * 1000 * (count - 1)) / count) / (count - 1) <= MAX_PAUSE_MILLIS;
}

const inAll = ({ seconds }: RepeatedStatement): string => `${Math.round(seconds * 1000)} ms in all`;

function* idleTransaction({
  traceId,
  transaction,
  hasSeveralTransactions,
}: RequestQueries): Generator<Sighting> {
  if (transaction?.endedAt === undefined || hasSeveralTransactions) return;
  const { begunAt, endedAt, idleMillis, idleAfter } = transaction;
  if (idleMillis < MIN_IDLE_MILLIS || idleMillis < (endedAt - begunAt) * MIN_IDLE_SHARE) return;
  const [open, idle] = [endedAt - begunAt, idleMillis].map((millis) => `${(millis / 1000).toFixed(1)} s`);
  const sentence = `A transaction was open for ${open}, and for ${idle} of it nothing ran in it, the longest time after ${idleAfter || 'a statement'}. It keeps its locks and its connection meanwhile`;
  yield { kind: 'idle_transaction', summary: idleAfter, sentence, traceId };
}
