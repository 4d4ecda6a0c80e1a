import { stripVTControlCharacters } from 'node:util';

/** Characters that take two columns: those of East Asian scripts, and pictures. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
/** Most texts: Latin letters, punctuation, arrows, bars. */
const NARROW_ONLY = /^[\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u259f]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const columnsOf = (grapheme: string): number =>
  WIDE.test(grapheme) ? 2 : /^[\p{M}\p{Cf}]/u.test(grapheme) ? 0 : 1;

/** The columns that a text takes in a terminal. */
export function widthOf(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (NARROW_ONLY.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemes.segment(plain)) width += columnsOf(segment);
  return width;
}

/** A text of exactly this width: filled with blanks, or cut with an ellipsis, without its colours. */
export function cell(text: string, width: number): string {
  if (width <= 0) return '';
  const surplus = widthOf(text) - width;
  return surplus <= 0 ? text + ' '.repeat(-surplus) : cut(stripVTControlCharacters(text), width);
}

/** The same with the text at the right. */
export const rightCell = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - widthOf(text))) + fitting(text, width);

/** A text that is no wider than this. */
export const fitting = (text: string, width: number): string =>
  widthOf(text) > width ? cell(text, width) : text;

function cut(text: string, width: number): string {
  let shown = '';
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = columns + columnsOf(segment);
    if (next > width - 1) break;
    shown += segment;
    columns = next;
  }
  return `${shown}…${' '.repeat(width - 1 - columns)}`;
}

/** Words on as few lines as they fit into, at most `max` of them; the last one ends with an ellipsis if words are left. */
export function wrap(text: string, width: number, max = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const shown = lines.length > max ? [...lines.slice(0, max - 1), lines.slice(max - 1).join(' ')] : lines;
  return shown.map((line) => fitting(line, width));
}
