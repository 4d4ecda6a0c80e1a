import { Refusal } from './refusal';

/** The maximum number of bodies that arrive at the same time: each also holds a decoder and socket buffers. */
const MAX_ARRIVING = 256;

/**
 * Limits the decompressed bytes of all requests in flight. If the budget is exhausted, it refuses the body that has been
 * arriving longest, so that slow senders do not block fast ones.
 */
export class ByteBudget {
  readonly #maxBytes: number;
  #total = 0;
  /** The bytes of each request. */
  readonly #held = new Map<object, number>();
  /** Requests whose body is arriving, the oldest first. */
  readonly #arriving = new Map<object, () => void>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The body begins to arrive. `reclaim` is called if the request must give up its bytes. */
  begin(request: object, reclaim: () => void): void {
    if (this.#arriving.size >= MAX_ARRIVING) this.#reclaimOldest();
    this.#arriving.set(request, reclaim);
  }

  /** @throws {Refusal} 503 if bodies that have arrived hold the entire budget */
  add(request: object, bytes: number): void {
    while (this.#total + bytes > this.#maxBytes) {
      // No other body can be reclaimed.
      if (this.#arriving.size < 2) throw new Refusal(503, 'the bridge is busy');
      this.#reclaimOldest();
      if (!this.#arriving.has(request)) return;
    }
    this.#total += bytes;
    this.#held.set(request, (this.#held.get(request) ?? 0) + bytes);
  }

  /** The body has arrived: its bytes can no longer be reclaimed. */
  complete(request: object): void {
    this.#arriving.delete(request);
  }

  release(request: object): void {
    this.#arriving.delete(request);
    this.#total -= this.#held.get(request) ?? 0;
    this.#held.delete(request);
  }

  #reclaimOldest(): void {
    for (const [request, reclaim] of this.#arriving) {
      this.release(request);
      reclaim();
      return;
    }
  }
}
