/** What drivers hand out, or get, for one statement. */
export interface ResultLike {
  rows?: unknown[];
  fields?: unknown[];
}

/** Of one result or, for several statements in one text, of all. */
export function returnedRows(results: ResultLike | ResultLike[] | undefined): number | undefined {
  if (!Array.isArray(results)) return rowsOf(results);
  let sum: number | undefined;
  for (const result of results) {
    const rows = rowsOf(result);
    if (rows !== undefined) sum = (sum ?? 0) + rows;
  }
  return sum;
}

/** A result without fields is of a statement that returns no rows (INSERT without RETURNING, DDL). */
function rowsOf(result: ResultLike | undefined): number | undefined {
  return result?.fields !== undefined && result.fields.length > 0 ? result.rows?.length : undefined;
}
