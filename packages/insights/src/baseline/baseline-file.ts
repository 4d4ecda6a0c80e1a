import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { warnOnce } from '../warnings';
import type { SavedBaselines } from './baselines';

const VERSION = 1;
/** Four times the file of the most statements that are learnt. */
const MAX_BYTES = 4_000_000;
/** A file that is being written is younger. */
const LEFTOVER_MILLIS = 60_000;

/** The baseline in a file. Its content is replaced as a whole, so a process that dies leaves the old or the new content. */
export class BaselineFile {
  readonly #path: string;
  #written = '';
  #isWritten = true;

  constructor(file: string) {
    this.#path = resolved(file);
  }

  /** @returns nothing when there is no file; with a warning when it cannot be used */
  read(): SavedBaselines {
    let text: string | undefined;
    try {
      this.#removeLeftovers();
      text = this.#readText();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      // What the file is for is not known, so it stays as it is.
      this.#isWritten = false;
      this.#warn('cannot be read, so the baseline is not kept', error);
      return {};
    }
    const statements = text === undefined ? undefined : statementsIn(text);
    if (text !== undefined && statements !== undefined) {
      this.#written = text;
      return statements;
    }
    this.#setAside();
    return {};
  }

  write(statements: SavedBaselines): void {
    if (!this.#isWritten) return;
    const text = `${JSON.stringify({ version: VERSION, statements })}\n`;
    if (text === this.#written) return;
    // In the same folder, because a file cannot be renamed across file systems. Other processes may write the same file.
    const temporary = `${this.#path}.${randomUUID()}.tmp`;
    try {
      // To rename needs no right to write the file that is replaced.
      if (existsSync(this.#path)) accessSync(this.#path, constants.W_OK);
      writeFileSync(temporary, text, { mode: 0o600, flush: true });
      renameSync(temporary, this.#path);
      this.#written = text;
    } catch (error) {
      this.#warn('cannot be written', error);
      rmSync(temporary, { force: true });
    }
  }

  /** @returns undefined for a file that is too large */
  #readText(): string | undefined {
    const stats = statSync(this.#path);
    // To read a pipe or a device may never end.
    if (!stats.isFile()) throw Object.assign(new Error(), { code: 'not a file' });
    return stats.size > MAX_BYTES ? undefined : readFileSync(this.#path, 'utf8');
  }

  /** It may be a file of something else, whose path was set by mistake. */
  #setAside(): void {
    const aside = `${this.#path}.damaged`;
    try {
      renameSync(this.#path, aside);
      this.#warn(`is damaged, so a new baseline is learnt. It is kept as ${path.basename(aside)}`);
    } catch (error) {
      this.#isWritten = false;
      this.#warn('is damaged, so a new baseline is learnt, and is not kept', error);
    }
  }

  /** Removes what processes that died while they wrote have left. */
  #removeLeftovers(): void {
    const folder = path.dirname(this.#path);
    const prefix = `${path.basename(this.#path)}.`;
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(prefix) || !/^[\da-f-]{36}\.tmp$/.test(name.slice(prefix.length))) continue;
      const leftover = path.join(folder, name);
      const age = Date.now() - (statSync(leftover, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age > LEFTOVER_MILLIS) rmSync(leftover, { force: true });
    }
  }

  #warn(problem: string, error?: unknown): void {
    const code = error === undefined ? '' : ` (${(error as NodeJS.ErrnoException).code})`;
    warnOnce('PG_OTEL_INSIGHTS_BASELINE', `baselineFile: ${this.#path} ${problem}${code}.`);
  }
}

/** The file that a symbolic link points to is replaced, not the link. */
function resolved(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** @returns undefined for anything that `write` does not write */
function statementsIn(text: string): SavedBaselines | undefined {
  try {
    const { version, statements } = JSON.parse(text);
    const isOurs = version === VERSION && typeof statements === 'object' && statements !== null;
    return isOurs ? statements : undefined;
  } catch {
    return undefined;
  }
}
