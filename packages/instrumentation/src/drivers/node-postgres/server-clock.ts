import { now, seconds } from '../../clock';

/** What can be under way at the server, at the same time. */
export type Asked = 'statement' | 'rows' | 'close' | 'write';

/** Sums up the time in which anything is asked of the server, and leaves out the time its consumer takes. */
export class ServerClock {
  readonly #asked = new Set<Asked>(['statement']);
  #totalMilliseconds = 0;
  #since: number;
  #hasStopped = false;

  /** Starts with the statement itself asked. */
  constructor(startedAt: number) {
    this.#since = startedAt;
  }

  asked(what: Asked): void {
    if (this.#hasStopped) return;
    if (this.#asked.size === 0) this.#since = now();
    this.#asked.add(what);
  }

  answered(...what: Asked[]): void {
    if (this.#asked.size === 0) return;
    for (const one of what) this.#asked.delete(one);
    if (this.#asked.size === 0) this.#totalMilliseconds += now() - this.#since;
  }

  /** For good. */
  stop(): void {
    this.answered('statement', 'rows', 'close', 'write');
    this.#hasStopped = true;
  }

  /** Seconds so far. */
  get seconds(): number {
    const running = this.#asked.size > 0 ? now() - this.#since : 0;
    return seconds(this.#totalMilliseconds + running);
  }
}
