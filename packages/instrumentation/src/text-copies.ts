/** V8 always copies shorter parts of a string (src/objects/string.h, SlicedString::kMinLength). */
const ALWAYS_COPIED = 13;

/**
 * Returns a copy of the text. In V8, a part of a string keeps the whole string in memory: a statement, for example, keeps
 * the request body from which it was cut. JSON makes a copy in any runtime, including lone surrogates.
 */
export const copyText = (text: string): string =>
  text.length < ALWAYS_COPIED ? text : (JSON.parse(JSON.stringify(text)) as string);

/**
 * Returns the copy of the text that V8 keeps for property names ("internalized", src/objects/string-table.h). String
 * literals in the application's source are such copies, so a Map with these keys finds them without comparing
 * characters, in half the time.
 */
export function internedText(text: string): string {
  // An object without a prototype is a hash table: the name adds no hidden class.
  const names: Record<string, true> = Object.create(null);
  names[text] = true;
  return Object.keys(names)[0] as string;
}
