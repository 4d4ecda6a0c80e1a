import { countedRows, type ResultLike, returnedRows, sumOfKnown } from '../returned-rows';

/** The rows in an answer of the endpoint: of one result, or of all results of a batch. */
export function rowsInAnswer(answer: unknown): number | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  return countedRows(({ results }: { results?: unknown }) => {
    return returnedRows((Array.isArray(results) ? results : answer) as ResultLike | ResultLike[]);
  }, answer);
}

/**
 * The rows in the driver's result, when the answer was not seen. Without `fullResults` the result is the rows alone, and
 * an empty result may also belong to a statement that never returns rows.
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
