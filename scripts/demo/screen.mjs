import { cell, paint } from './draw.mjs';
import { httpPanel } from './panels/http.mjs';
import { latencyPanel } from './panels/latency.mjs';
import { poolPanel } from './panels/pool.mjs';
import { setupPanel } from './panels/setup.mjs';
import { slowPanel } from './panels/slow.mjs';
import { tracePanel } from './panels/trace.mjs';
import { oneLine } from './shop.mjs';

const MAX_WIDTH = 120;

/** What is slow right now, and the other panels two by two. */
export function panels(figures, width, now = Date.now()) {
  const gap = 3;
  const left = Math.floor((width - gap) / 2);
  const right = width - gap - left;
  return [
    ...slowPanel(figures, width, now),
    '',
    ...beside(tracePanel(figures, left), [...setupPanel(figures, right), ...httpPanel(figures, right)]),
    '',
    ...beside(latencyPanel(figures, left), poolPanel(figures, right)),
  ];

  function beside(one, other) {
    const height = Math.max(one.length, other.length);
    return Array.from({ length: height }, (_, row) =>
      `${cell(one[row] ?? '', left)}${' '.repeat(gap)}${other[row] ?? ''}`.trimEnd(),
    );
  }
}

/** The live picture, on the terminal's second screen: what was there before comes back at the end. */
export class Screen {
  #terminal;
  #opened = Date.now();
  #leave = () => this.close();

  constructor(terminal) {
    this.#terminal = terminal;
    terminal.write('\x1b[?1049h\x1b[?25l');
    process.once('exit', this.#leave);
  }

  show(figures, load) {
    const { columns = 80, rows = 24 } = this.#terminal;
    const width = Math.min(MAX_WIDTH, columns - 1);
    const seconds = Math.round((Date.now() - this.#opened) / 1_000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    const lines = [
      `${paint('bold', cell(` ${oneLine}`, width - 6))}${time.padStart(6)}`,
      ...panels(figures, width),
    ].slice(0, rows - 1);
    while (lines.length < rows - 1) lines.push('');
    const scene = load.scene === '' ? 'customers browse and order' : load.scene;
    lines.push(paint('dim', cell(` Ctrl-C ends · ${scene}`, width)));
    // One write, each line cleared to its end: no flicker.
    this.#terminal.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}`);
  }

  close() {
    process.removeListener('exit', this.#leave);
    this.#terminal.write('\x1b[?25h\x1b[?1049l');
  }
}

/** For output that is no terminal, or after the end. */
export function widthFor(output) {
  return Math.min(MAX_WIDTH, (output.columns ?? 101) - 1);
}
