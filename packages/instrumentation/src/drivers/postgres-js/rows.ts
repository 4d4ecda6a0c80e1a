import { sumOfKnown } from '../returned-rows';
import type { PostgresQuery } from './postgres';

/** The driver's Result (src/result.js): an array of rows with these properties. */
interface ResultLike extends ReadonlyArray<unknown> {
  readonly columns?: unknown;
  readonly count?: unknown;
}

/** The rows that the server returned; `undefined` for statements that return none. */
export function returnedRowsOf(query: PostgresQuery, value: unknown): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const isResult = 'columns' in value;
  return isResult ? rowsOf(query, value) : sumOfKnown(value.map((one: ResultLike) => rowsOf(query, one)));
}

/** A statement that returns no rows has no columns; its count is the number of rows that it has changed. */
function rowsOf({ forEachFn }: PostgresQuery, result: ResultLike): number | undefined {
  const { columns, count } = result;
  if (!Array.isArray(columns) || columns.length === 0) return undefined;
  if (forEachFn === undefined) return result.length;
  return typeof count === 'number' ? count : undefined;
}
