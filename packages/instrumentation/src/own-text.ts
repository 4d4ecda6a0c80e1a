/** V8 makes a string of fewer characters by copying (src/objects/string.h, SlicedString::kMinLength). */
const ALWAYS_COPIED = 13;

/**
 * The text as a string of its own. A string that was cut from another keeps all of that one alive: a statement from
 * the body of a request, the whole body. JSON makes a copy in any runtime, lone surrogates included.
 */
export const ownText = (text: string): string =>
  text.length < ALWAYS_COPIED ? text : (JSON.parse(JSON.stringify(text)) as string);
