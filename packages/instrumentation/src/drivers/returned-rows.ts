import { logInternalError } from '../warnings';

/** The result of one statement, as a driver returns or receives it. */
export interface ResultLike {
  rows?: unknown[];
  fields?: unknown[];
}

/**
 * The number of rows of one result or, for several statements in one text or request, of all results. Results may be
 * objects of the application (pg's `types`, a Result class, a user's `fetch`): the number is unknown for a result that
 * cannot be read.
 */
export const returnedRows = (results: ResultLike | readonly ResultLike[] | undefined): number | undefined =>
  countedRows(rowsOfAll, results);

/**
 * Calls `count`. Returns `undefined` when it throws, so that the operation still ends. The counted value is an
 * argument, so that no closure is created for each query.
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

/** The sum of the known counts; `undefined` when none is known. */
export function sumOfKnown(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

function rowsOfAll(results: ResultLike | readonly ResultLike[] | undefined): number | undefined {
  if (Array.isArray(results)) return sumOfKnown(results.map(rowsOf));
  return rowsOf(results as ResultLike | undefined);
}

/** A statement that returns no rows (INSERT without RETURNING, DDL) has a result without fields. */
function rowsOf(result: ResultLike | undefined): number | undefined {
  const { fields, rows } = result ?? {};
  return Array.isArray(fields) && fields.length > 0 && Array.isArray(rows) ? rows.length : undefined;
}
