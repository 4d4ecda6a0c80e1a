import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { printable } from '../printable';

/** As many as the screen shows. */
const KEPT_LINES = 3;
const MAX_LINE_LENGTH = 500;
/** Unwritten characters after which the program has to wait, as it would for a slow terminal. */
const MAX_UNWRITTEN = 1_000_000;

/** The output of a program that shares the terminal with the screen: all of it until it is written, and its last lines. */
export class ProgramOutput {
  readonly #streams: Readable[] = [];
  #unwritten = '';
  #unfinished = '';
  #lines: string[] = [];

  /** @param changed called when there is something to write */
  follow(stream: Readable, changed: () => void): void {
    this.#streams.push(stream);
    stream.setEncoding('utf8').on('data', (text: string) => {
      this.#unwritten += text;
      this.#addLines(text);
      if (this.#unwritten.length > MAX_UNWRITTEN) for (const each of this.#streams) each.pause();
      changed();
    });
  }

  /** What was written since the last call, unchanged. */
  take(): string {
    const text = this.#unwritten;
    this.#unwritten = '';
    for (const stream of this.#streams) stream.resume();
    return text;
  }

  /** The last lines, without their colours and control characters. */
  get lastLines(): readonly string[] {
    return this.#unfinished === ''
      ? this.#lines
      : [...this.#lines, shownLine(this.#unfinished)].slice(-KEPT_LINES);
  }

  #addLines(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH);
    const finished = lines
      .slice(-KEPT_LINES)
      .map(shownLine)
      .filter((line) => line !== '');
    this.#lines = [...this.#lines, ...finished].slice(-KEPT_LINES);
  }
}

const shownLine = (line: string): string =>
  printable(stripVTControlCharacters(line.slice(0, MAX_LINE_LENGTH)), false)
    .replace(/\\u000d$/, '')
    .replace(/\s+/g, ' ')
    .trimEnd();
