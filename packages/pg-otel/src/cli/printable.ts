/** Control characters, lone surrogates, and characters that change the direction of a text or end a line. */
const UNSAFE =
  /\r\n|\p{Cc}(\[(?:0|1|2|31|32|33)m)?|[\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const ESCAPE = '\u001b';

/**
 * Makes a text safe for a terminal when it contains foreign names and messages: control sequences are escaped, as in
 * `\u001b`, which JSON reads as the same character. Line ends and tabs stay, and with `isColoured` the colours too.
 */
export function printable(text: string, isColoured: boolean): string {
  return text.replace(UNSAFE, (found, colour: string | undefined) => {
    if (['\n', '\t', '\r\n'].includes(found)) return found;
    if (isColoured && colour !== undefined && found.startsWith(ESCAPE)) return found;
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}${found.slice(1)}`;
  });
}
