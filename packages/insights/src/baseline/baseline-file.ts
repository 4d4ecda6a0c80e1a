import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { warnOnce } from '../warnings';
import type { SavedBaselines } from './baselines';

const VERSION = 1;

/** The baseline in a file. Its content is replaced as a whole, so a process that dies leaves the old or the new content. */
export class BaselineFile {
  readonly #path: string;
  #written = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns nothing when there is no file; with a warning when it cannot be used */
  read(): SavedBaselines {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#warn('cannot be read', error);
      return {};
    }
    try {
      const { version, statements } = JSON.parse(text);
      if (version === VERSION && typeof statements === 'object' && statements !== null) {
        this.#written = text;
        return statements;
      }
    } catch {
      // The same as a file of another kind.
    }
    this.#warn('is damaged, so a new baseline is learnt');
    return {};
  }

  write(statements: SavedBaselines): void {
    const text = `${JSON.stringify({ version: VERSION, statements })}\n`;
    if (text === this.#written) return;
    // In the same folder, because a file cannot be renamed across file systems.
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      writeFileSync(temporary, text, { mode: 0o600, flush: true });
      renameSync(temporary, this.#path);
      this.#written = text;
    } catch (error) {
      rmSync(temporary, { force: true });
      this.#warn('cannot be written', error);
    }
  }

  #warn(problem: string, error?: unknown): void {
    const code = error === undefined ? '' : ` (${(error as NodeJS.ErrnoException).code})`;
    warnOnce('PG_OTEL_INSIGHTS_BASELINE', `baselineFile: ${this.#path} ${problem}${code}.`);
  }
}
