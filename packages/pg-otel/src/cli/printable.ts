/** Control characters, halves of characters, and marks that turn the direction of a text or break its line. */
const OBEYED =
  /\r\n|\p{Cc}(\[(?:0|1|2|31|32|33)m)?|[\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const ESCAPE = '\u001b';

/**
 * A text with the names and messages of others in it, made safe for a terminal: what a terminal would obey is written
 * as `\u001b`, which JSON reads as the same character. Line ends, tabs and, when asked for, the painter's colours stay.
 */
export function printable(text: string, isColoured: boolean): string {
  return text.replace(OBEYED, (found, colour: string | undefined) => {
    if (['\n', '\t', '\r\n'].includes(found)) return found;
    if (isColoured && colour !== undefined && found.startsWith(ESCAPE)) return found;
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}${found.slice(1)}`;
  });
}
