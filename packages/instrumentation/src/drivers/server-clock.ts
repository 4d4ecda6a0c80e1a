import { now, seconds } from '../clock';

/** Kinds of requests to the server. They may be pending at the same time. */
export type ServerRequest = 'statement' | 'rows' | 'close' | 'write';

/** Measures the time in which any request to the server is pending, without the time that the consumer takes. */
export class ServerClock {
  readonly #pending = new Set<ServerRequest>(['statement']);
  #totalMilliseconds = 0;
  #since: number;
  #hasStopped = false;

  /** Starts with the statement pending. */
  constructor(startedAt: number) {
    this.#since = startedAt;
  }

  requested(request: ServerRequest): void {
    if (this.#hasStopped) return;
    if (this.#pending.size === 0) this.#since = now();
    this.#pending.add(request);
  }

  answered(...requests: ServerRequest[]): void {
    if (this.#pending.size === 0) return;
    for (const request of requests) this.#pending.delete(request);
    if (this.#pending.size === 0) this.#totalMilliseconds += now() - this.#since;
  }

  /** Stops for good. */
  stop(): void {
    this.answered('statement', 'rows', 'close', 'write');
    this.#hasStopped = true;
  }

  /** Seconds so far. */
  get seconds(): number {
    const running = this.#pending.size > 0 ? now() - this.#since : 0;
    return seconds(this.#totalMilliseconds + running);
  }
}
