import { countedRows, type ResultLike, returnedRows, sumOfKnown } from '../returned-rows';

/** The number of rows in an answer of the endpoint: those of one result, or of all results of a batch. */
export function rowsInAnswer(answer: unknown): number | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  return countedRows(({ results }: { results?: unknown }) => {
    return returnedRows((Array.isArray(results) ? results : answer) as ResultLike | ResultLike[]);
  }, answer);
}

/**
 * The number of rows in the driver's result, used when the answer was not observed. Without `fullResults` the result
 * consists of rows only. Then the number of an empty result is unknown, because the statement may be one that never
 * returns rows.
 */
export function rowsInResult(result: unknown, isTransaction: boolean): number | undefined {
  const isListOfResults = isTransaction && Array.isArray(result);
  return countedRows(isListOfResults ? rowsOfEach : rowsOf, result as unknown[]);
}

const rowsOfEach = (results: readonly unknown[]): number | undefined => sumOfKnown(results.map(rowsOf));

function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length || undefined;
  const isFull = (result as { viaNeonFetch?: unknown } | null | undefined)?.viaNeonFetch === true;
  return isFull ? returnedRows(result as ResultLike) : undefined;
}
