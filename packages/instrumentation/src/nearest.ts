/**
 * Returns the word of a list that is most similar to a misspelt word, for "did you mean" messages. Used by the packages
 * of pg-otel; not meant for applications.
 *
 * @param written the misspelt word, or the beginning of a longer word
 * @param most the maximum number of edits (insert, delete, replace or swap a letter) between the two words. Default: a
 *   third of the length of `written`, at least 1
 * @returns undefined when no word is that similar
 */
export function nearest(
  written: string,
  words: Iterable<string>,
  most = Math.max(1, Math.floor(written.length / 3)),
): string | undefined {
  let found: { word: string; edits: number } | undefined;
  for (const word of words) {
    const edits = isBeginning(written, word) ? 1 : editsBetween(written.toLowerCase(), word.toLowerCase());
    if (edits <= most && edits < (found?.edits ?? Number.POSITIVE_INFINITY)) found = { word, edits };
  }
  return found?.word;
}

const isBeginning = (written: string, word: string) =>
  written.length > 2 && word.length > written.length && word.toLowerCase().startsWith(written.toLowerCase());

/** The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next.push(
        Math.min(
          (last[column] as number) + 1,
          (next[column - 1] as number) + 1,
          (last[column - 1] as number) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[column - 2] as number) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = next;
  }
  return last[to.length] as number;
}
