import type { Paint } from '../paint';
import { nextSortKey, type SortKey } from './panels/statements';
import { type Frame, picture, type Size } from './picture';
import { PoolHistory } from './pool-history';
import { printableData } from './printable-data';
import type { ProgramOutput } from './program-output';
import { Screen, type Terminal } from './screen';
import type { Reading } from './source';
import { notShown, type View } from './view';

/** Time in which the program's output is collected for one picture. */
const OUTPUT_MILLIS = 100;

const CTRL_C = '\x03';
const CTRL_BACKSLASH = '\x1c';

/** What the keys of the screen do. */
export interface Keys {
  /** `q`, possibly several times. @returns what the screen shows of it */
  quit(): string | undefined;
  signal(signal: 'SIGINT' | 'SIGQUIT'): void;
}

export interface ScreenOptions {
  readonly terminal: Terminal;
  /** Without one, there are no keys. */
  readonly keyboard: NodeJS.ReadStream | undefined;
  readonly title: string;
  readonly paint: Paint;
  /** Shown until the first data has arrived. */
  readonly waiting: string;
  readonly output: ProgramOutput;
  readonly keys: Keys;
}

/** Shows the data on a terminal, live. */
export class ScreenView implements View {
  readonly #options: ScreenOptions;
  readonly #screen: Screen;
  readonly #history = new PoolHistory();
  readonly #pressed = (text: string) => {
    for (const key of text) this.#press(key);
  };
  #data: Parameters<PoolHistory['add']>[0] | undefined;
  #processes = 1;
  #failure: string | undefined;
  #ending: string | undefined;
  #isPaused = false;
  #sortedBy: SortKey = 'total time';
  #outputTimer: NodeJS.Timeout | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#screen = new Screen(
      options.terminal,
      (size) => this.#lines(size),
      () => options.output.take(),
    );
    const { keyboard } = options;
    if (keyboard !== undefined) {
      keyboard.setRawMode(true);
      keyboard.setEncoding('utf8').on('data', this.#pressed).resume();
    }
    this.#screen.show();
  }

  update(reading: Reading): void {
    if ('failure' in reading) {
      this.#failure = reading.failure;
    } else {
      this.#failure = undefined;
      if (!this.#isPaused) {
        this.#processes = reading.processes;
        this.#data = printableData(reading.data);
        try {
          this.#history.add(this.#data);
        } catch {
          // Of another version. The picture shows that.
        }
      }
    }
    this.#screen.show();
  }

  /** Shows output of the program, together with what comes in the next moment. */
  outputArrived(): void {
    this.#outputTimer ??= setTimeout(() => {
      this.#outputTimer = undefined;
      this.#screen.show();
    }, OUTPUT_MILLIS);
  }

  close(): void {
    clearTimeout(this.#outputTimer);
    const { keyboard } = this.#options;
    if (keyboard !== undefined) {
      keyboard.removeListener('data', this.#pressed);
      keyboard.setRawMode(false);
      keyboard.pause();
    }
    this.#screen.close();
  }

  #press(key: string): void {
    const { keys } = this.#options;
    if (key === 'p') this.#isPaused = !this.#isPaused;
    else if (key === 's') this.#sortedBy = nextSortKey(this.#sortedBy);
    else if (key === 'q') this.#ending = keys.quit();
    else if (key === CTRL_C) keys.signal('SIGINT');
    else if (key === CTRL_BACKSLASH) keys.signal('SIGQUIT');
    else return;
    this.#screen.show();
  }

  #lines(size: Size): string[] {
    const { paint } = this.#options;
    const frame = this.#frame();
    try {
      return picture(frame, size, paint);
    } catch (error) {
      return picture({ ...frame, shown: undefined, notice: notShown(error) }, size, paint);
    }
  }

  #frame(): Frame {
    const { title, waiting, output, keyboard } = this.#options;
    const data = this.#data;
    const others = this.#processes > 1 ? ` (the busiest of ${this.#processes} processes)` : '';
    const keys =
      keyboard === undefined ? '' : `p ${this.#isPaused ? 'continues' : 'pauses'} · s sorts · q ends`;
    return {
      title: `${title}${others}`,
      shown: data && { data, history: this.#history, sortedBy: this.#sortedBy },
      notice: data === undefined ? waiting : this.#failure,
      keys: this.#ending ?? `${this.#isPaused ? 'Paused · ' : ''}${keys}`,
      output: output.lastLines,
    };
  }
}
