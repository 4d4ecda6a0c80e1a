import { now, seconds } from '../../clock';

/** Sums up the time something waits for the server, and leaves out the time its consumer takes. */
export class ServerClock {
  #totalMilliseconds = 0;
  #waitingSince: number | undefined;

  constructor(startedAt: number) {
    this.#waitingSince = startedAt;
  }

  /** Something was asked of the server. */
  asked(): void {
    this.#waitingSince ??= now();
  }

  /** The server has answered what was asked. */
  answered(): void {
    if (this.#waitingSince === undefined) return;
    this.#totalMilliseconds += now() - this.#waitingSince;
    this.#waitingSince = undefined;
  }

  get seconds(): number {
    this.answered();
    return seconds(this.#totalMilliseconds);
  }
}
