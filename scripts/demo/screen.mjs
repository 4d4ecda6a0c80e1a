import { cell, fitting, paint, wrap } from './draw.mjs';
import { healthPanel } from './panels/health.mjs';
import { httpPanel } from './panels/http.mjs';
import { latencyPanel } from './panels/latency.mjs';
import { poolPanel } from './panels/pool.mjs';
import { reasonPanel } from './panels/reason.mjs';
import { setupPanel } from './panels/setup.mjs';
import { slowPanel } from './panels/slow.mjs';
import { tracePanel } from './panels/trace.mjs';
import { oneLine } from './shop.mjs';

const MAX_WIDTH = 120;
/** From this width on, two panels next to each other. */
const TWO_COLUMNS = 72;
/** Panels are of no use below this width. */
const MIN_WIDTH = 40;

const GAP = 3;

/** Slow operations first, then the other panels: two by two, or one below the other on a narrow terminal. */
export function panels(figures, width, now = Date.now()) {
  const isNarrow = width < TWO_COLUMNS;
  const left = isNarrow ? width : Math.floor((width - GAP) / 2);
  const right = isNarrow ? width : width - GAP - left;
  const together = isNarrow ? below : sideBySide;
  const lines = [
    ...slowPanel(figures, width, now),
    '',
    ...reasonPanel(figures, width),
    ...healthPanel(figures, width, now),
    ...together(
      tracePanel(figures, left),
      [...setupPanel(figures, right), ...httpPanel(figures, right)],
      left,
    ),
    '',
    ...together(latencyPanel(figures, left), poolPanel(figures, right), left),
  ];
  // A line that is too long would wrap, and push the first ones off the screen.
  return lines.map((line) => fitting(line, width));
}

function sideBySide(one, other, width) {
  const height = Math.max(one.length, other.length);
  return Array.from({ length: height }, (_, row) =>
    `${cell(one[row] ?? '', width)}${' '.repeat(GAP)}${other[row] ?? ''}`.trimEnd(),
  );
}

function below(one, other) {
  return [...one, '', ...other];
}

/** The lines of one picture, none of them wider and no more of them than the terminal is. */
function picture(figures, load, { columns, rows }, seconds) {
  // The last column stays free: some terminals wrap when it is written to.
  const width = Math.min(MAX_WIDTH, columns - 1);
  if (width < MIN_WIDTH) return tooNarrow(columns, rows);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const head = `${paint('bold', cell(` ${oneLine}`, width - 6))}${time.padStart(6)}`;
  const lines = [head, ...panels(figures, width)].slice(0, rows - 1);
  while (lines.length < rows - 1) lines.push('');
  const scene = load.outage || load.scene || 'customers browse and order';
  return [...lines, paint('dim', cell(` Ctrl-C ends · ${scene}`, width))];
}

function tooNarrow(columns, rows) {
  const words = `The demo needs ${MIN_WIDTH + 1} columns, this terminal has ${columns}. Ctrl-C ends.`.split(
    ' ',
  );
  return wrap(words, columns - 1, ' ')
    .map((line) => fitting(line, columns - 1))
    .slice(0, rows);
}

/** The live picture, on the terminal's second screen: what was there before comes back at the end. */
export class Screen {
  #terminal;
  #opened = Date.now();
  #leave = () => this.close();
  // Terminals treat the old picture differently when their size changes.
  #clear = () => this.#terminal.write('\x1b[2J');

  constructor(terminal) {
    this.#terminal = terminal;
    terminal.write('\x1b[?1049h\x1b[?25l');
    terminal.on('resize', this.#clear);
    process.once('exit', this.#leave);
  }

  show(figures, load) {
    const seconds = Math.round((Date.now() - this.#opened) / 1_000);
    // A pseudo-terminal whose size nobody has set has none.
    const size = { columns: this.#terminal.columns || 80, rows: this.#terminal.rows || 24 };
    const lines = picture(figures, load, size, seconds);
    // One write, each line cleared to its end: no flicker.
    this.#terminal.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  }

  close() {
    process.removeListener('exit', this.#leave);
    this.#terminal.removeListener('resize', this.#clear);
    this.#terminal.write('\x1b[?25h\x1b[?1049l');
  }
}

/** For output that is no terminal, or after the end. */
export function widthFor(output) {
  return Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, (output.columns || 101) - 1));
}
