import type { Size } from './picture';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** The terminal shows all of it at once (synchronized output), if it knows that. */
const TOGETHER = ['\x1b[?2026h', '\x1b[?2026l'] as const;

/** What is used of a terminal's stream. */
export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'on' | 'removeListener' | 'writableNeedDrain'> &
  Partial<Size>;

/**
 * The live picture, on the terminal's second screen. The program's output goes to the first one, in the same write as the
 * next picture: nothing of it is lost, it does not destroy the picture, and it is what the terminal shows at the end.
 */
export class Screen {
  readonly #terminal: Terminal;
  readonly #lines: (size: Size) => string[];
  readonly #takeOutput: () => string;
  readonly #resized = () => {
    // Terminals treat the old picture differently when their size changes.
    this.#terminal.write('\x1b[2J');
    this.show();
  };
  readonly #drained = () => this.show();
  readonly #left = () => this.close();
  #isOpen = true;

  /**
   * @param lines the picture for a size
   * @param takeOutput what the program has written since the last call
   */
  constructor(terminal: Terminal, lines: (size: Size) => string[], takeOutput: () => string) {
    this.#terminal = terminal;
    this.#lines = lines;
    this.#takeOutput = takeOutput;
    terminal.write(ENTER);
    terminal.on('resize', this.#resized);
    terminal.on('drain', this.#drained);
    process.once('exit', this.#left);
  }

  show(): void {
    // A slow terminal gets the next picture when it has read this one.
    if (!this.#isOpen || this.#terminal.writableNeedDrain) return;
    const output = this.#takeOutput();
    const above = output === '' ? '' : `${LEAVE}${output}${ENTER}`;
    // A pseudo-terminal whose size nobody has set has none.
    const size = { columns: this.#terminal.columns || 80, rows: this.#terminal.rows || 24 };
    const lines = this.#lines(size);
    // Each line is cleared to its end: no flicker.
    const shown = `\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`;
    this.#terminal.write(`${TOGETHER[0]}${above}${shown}${TOGETHER[1]}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.removeListener('exit', this.#left);
    this.#terminal.removeListener('resize', this.#resized);
    this.#terminal.removeListener('drain', this.#drained);
    this.#terminal.write(`${LEAVE}${this.#takeOutput()}`);
  }
}
