/** V8 makes a string of fewer characters by copying (src/objects/string.h, SlicedString::kMinLength). */
const ALWAYS_COPIED = 13;

/**
 * The text as a string of its own. A string that was cut from another keeps all of that one alive: a statement from
 * the body of a request, the whole body. JSON makes a copy in any runtime, lone surrogates included.
 */
export const copyText = (text: string): string =>
  text.length < ALWAYS_COPIED ? text : (JSON.parse(JSON.stringify(text)) as string);

/**
 * A copy to look the text up by: that which the engine has of all names of properties (V8, src/objects/string-table.h,
 * "internalized"). A literal of the application's source is one itself, so that a Map finds it without comparing
 * characters, in half the time.
 */
export function internedText(text: string): string {
  // Without a prototype it is a hash table from the start: no shape of the application's objects comes of the name.
  const names: Record<string, true> = Object.create(null);
  names[text] = true;
  return Object.keys(names)[0] as string;
}
