import { sumOfKnown } from '../returned-rows';

/** The driver's Result (src/result.js): an array of rows with these properties. */
interface ResultLike extends ReadonlyArray<unknown> {
  readonly columns?: unknown;
  readonly count?: unknown;
}

/** The rows that the server returned; `undefined` for statements that return none. */
export const returnedRowsOf = (value: unknown): number | undefined => ofAll(value, rowsIn);

/** As {@link returnedRowsOf}, for a query that passes its rows to a function, so that its results contain none. */
export const passedRowsOf = (value: unknown): number | undefined => ofAll(value, countOf);

function ofAll(value: unknown, rowsOf: (result: ResultLike) => number | undefined): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const isResult = 'columns' in value;
  return isResult ? rowsOf(value) : sumOfKnown(value.map((result: ResultLike) => rowsOf(result)));
}

const rowsIn = (result: ResultLike): number | undefined => (hasColumns(result) ? result.length : undefined);

const countOf = (result: ResultLike): number | undefined =>
  hasColumns(result) && typeof result.count === 'number' ? result.count : undefined;

/** A statement that returns no rows has no columns; its count is the number of rows that it has changed. */
const hasColumns = ({ columns }: ResultLike): boolean => Array.isArray(columns) && columns.length > 0;
