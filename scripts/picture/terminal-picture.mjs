import { stripVTControlCharacters } from 'node:util';

const FONT_SIZE = 13;
const LINE_HEIGHT = 17;
/** Of a character. Each run is stretched to its columns, because fonts differ in how wide they draw blocks. */
const COLUMN_WIDTH = 7.8;
const MARGIN = 16;

const BACKGROUND = '#0d1117';
const FOREGROUND = '#e6edf3';
/** Select Graphic Rendition codes, as far as the demo uses them. */
const STYLES = {
  1: 'font-weight="bold"',
  2: 'fill="#8b949e"',
  31: 'fill="#ff7b72"',
  32: 'fill="#7ee787"',
  33: 'fill="#e3b341"',
  34: 'fill="#79c0ff"',
  36: 'fill="#a5d6ff"',
};

/** Lines of a terminal, with their colours, as an SVG image. */
export function terminalPicture(lines, title) {
  const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const width = Math.ceil(columns * COLUMN_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = lines.flatMap((line, row) => runsOf(line).map((run) => textOf(run, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="${FOREGROUND}" xml:space="preserve">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${texts.join('\n')}
</svg>
`;
}

function textOf({ text, column, style }, row) {
  const x = (MARGIN + column * COLUMN_WIDTH).toFixed(1);
  const y = MARGIN + row * LINE_HEIGHT + FONT_SIZE;
  const length = (text.length * COLUMN_WIDTH).toFixed(1);
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" ${style}>${escaped(text)}</text>`;
}

/** Parts of a line of one style, without the blanks between them. */
function runsOf(line) {
  const [first, ...others] = line.split('\x1b[');
  const parts = [{ code: '', text: first }, ...others.map(partOf)];
  const runs = [];
  let column = 0;
  for (const { code, text } of parts) {
    for (const { 0: word, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      runs.push({ text: word, column: column + index, style: STYLES[code] ?? '' });
    }
    column += text.length;
  }
  return runs;
}

/** Of `31mred`: a code and the text behind it. */
function partOf(sequence) {
  const end = sequence.indexOf('m');
  return { code: sequence.slice(0, end), text: sequence.slice(end + 1) };
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
