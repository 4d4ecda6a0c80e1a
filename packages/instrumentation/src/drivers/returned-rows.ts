import { logInternalError } from '../warnings';

/** What drivers hand out, or get, for one statement. */
export interface ResultLike {
  rows?: unknown[];
  fields?: unknown[];
}

/**
 * Of one result or, for several statements in one text or request, of all. Results may be objects of the application's
 * own (pg's `types`, a Result class, a `fetch` of the user's): one that cannot be read has no number of rows.
 */
export const returnedRows = (results: ResultLike | readonly ResultLike[] | undefined): number | undefined =>
  countedRows(rowsOfAll, results);

/**
 * `undefined` when it throws: the operation ends nevertheless. Takes what is counted as an argument, because each query
 * would otherwise make a closure.
 */
export function countedRows<Counted>(
  count: (counted: Counted) => number | undefined,
  counted: Counted,
): number | undefined {
  try {
    return count(counted);
  } catch (error) {
    logInternalError('the rows of a result', error);
    return undefined;
  }
}

/** `undefined` when none of them is known. */
export function sumOfKnown(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

function rowsOfAll(results: ResultLike | readonly ResultLike[] | undefined): number | undefined {
  if (Array.isArray(results)) return sumOfKnown(results.map(rowsOf));
  return rowsOf(results as ResultLike | undefined);
}

/** A result without fields is of a statement that returns no rows (INSERT without RETURNING, DDL). */
function rowsOf(result: ResultLike | undefined): number | undefined {
  const { fields, rows } = result ?? {};
  return Array.isArray(fields) && fields.length > 0 && Array.isArray(rows) ? rows.length : undefined;
}
