import { stripVTControlCharacters } from 'node:util';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 };

/** `paint('red', text)`, or the text alone: without a terminal (unless FORCE_COLOR is set), or when NO_COLOR is. */
export function paint(style, text) {
  const isColoured = (process.stdout.isTTY || process.env.FORCE_COLOR) && !process.env.NO_COLOR;
  return isColoured && text !== '' ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}

/** How wide a text is on the screen. */
function widthOf(text) {
  return stripVTControlCharacters(text).length;
}

/** A text of exactly this width: filled with blanks, or cut with an ellipsis. */
export function cell(text, width) {
  if (width <= 0) return '';
  const surplus = widthOf(text) - width;
  if (surplus <= 0) return text + ' '.repeat(-surplus);
  return `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`;
}

/** A text that is no wider than this. */
export function fitting(text, width) {
  return widthOf(text) > width ? cell(text, width) : text;
}

/** Words on as few lines as they fit into. */
export function wrap(words, width, separator) {
  const lines = [];
  for (const word of words) {
    const longer = lines.length > 0 ? `${lines.at(-1)}${separator}${word}` : word;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A bar of a length between 0 and 1 of the width; never nothing for something, where there is any width. */
export function bar(length, width) {
  if (width <= 0) return '';
  const eighths = length > 0 ? Math.max(1, Math.round(Math.min(length, 1) * width * 8)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
}

/** A bar somewhere on a line of time, both between 0 and 1 of the width. */
export function barAt(start, length, width) {
  if (width <= 0) return '';
  const blanks = Math.min(width - 1, Math.floor(Math.min(start, 1) * width));
  return ' '.repeat(blanks) + bar(Math.min(length, 1 - blanks / width), width);
}

/** Values as columns, the latest at the right: `height` lines. */
export function columns(values, { width, height, max }) {
  const shown = width > 0 ? values.slice(-width) : [];
  const lines = [];
  for (let row = height - 1; row >= 0; row--) {
    let line = ' '.repeat(Math.max(0, width - shown.length));
    for (const value of shown) {
      const eighths = value > 0 ? Math.max(1, Math.round((Math.min(value, max) / max) * height * 8)) : 0;
      line += ' ▁▂▃▄▅▆▇█'[Math.max(0, Math.min(8, eighths - row * 8))];
    }
    lines.push(line);
  }
  return lines;
}

/** `0.32 ms`, `14.1 ms`, `1.11 s` */
export function duration(millis) {
  if (millis >= 1_000) return `${(millis / 1_000).toFixed(2)} s`;
  return `${millis.toFixed(millis < 10 ? 2 : 1)} ms`;
}
