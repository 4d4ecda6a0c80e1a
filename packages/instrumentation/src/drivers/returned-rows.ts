import { guarded } from './guarded';

/** What drivers hand out, or get, for one statement. */
export interface ResultLike {
  rows?: unknown[];
  fields?: unknown[];
}

/**
 * Of one result or, for several statements in one text or request, of all. Results may be objects of the application's
 * own (pg's `types`, a Result class, a `fetch` of the user's): one that cannot be read has no number of rows.
 */
export function returnedRows(results: ResultLike | readonly ResultLike[] | undefined): number | undefined {
  return countedRows(() =>
    Array.isArray(results) ? sumOfKnown(results.map(rowsOf)) : rowsOf(results as ResultLike | undefined),
  );
}

/** `undefined` when it throws: the operation ends nevertheless. */
export const countedRows = (count: () => number | undefined): number | undefined =>
  guarded('the rows of a result', count);

/** `undefined` when none of them is known. */
export function sumOfKnown(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}

/** A result without fields is of a statement that returns no rows (INSERT without RETURNING, DDL). */
function rowsOf(result: ResultLike | undefined): number | undefined {
  const { fields, rows } = result ?? {};
  return Array.isArray(fields) && fields.length > 0 && Array.isArray(rows) ? rows.length : undefined;
}
