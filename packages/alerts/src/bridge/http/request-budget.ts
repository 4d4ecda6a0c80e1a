import { Refusal } from './refusal';

/** The maximum number of bodies that arrive at the same time: each also holds a decoder and socket buffers. */
const MAX_ARRIVING = 256;

/**
 * Limits the decompressed bytes of all requests in flight, and the number of those whose body has arrived. If the bytes are
 * used up, the body that has been arriving longest is refused, so that slow senders do not block fast ones.
 */
export class RequestBudget {
  readonly #max: { readonly bytes: number; readonly requests: number };
  #bytes = 0;
  readonly #bytesOf = new Map<object, number>();
  /** Requests whose body is arriving, the oldest first. */
  readonly #arriving = new Map<object, () => void>();
  /** Slow senders are not in it, so they cannot block others. */
  readonly #arrived = new Set<object>();

  constructor(max: { readonly bytes: number; readonly requests: number }) {
    this.#max = max;
  }

  /** The body begins to arrive. `reclaim` is called if the request must give up its bytes. @throws {Refusal} 503 */
  begin(request: object, reclaim: () => void): void {
    this.#requirePlace();
    if (this.#arriving.size >= MAX_ARRIVING) this.#reclaimOldest();
    this.#arriving.set(request, reclaim);
  }

  /** @throws {Refusal} 503 if bodies that have arrived hold all bytes */
  add(request: object, bytes: number): void {
    while (this.#bytes + bytes > this.#max.bytes) {
      // No other body can be reclaimed.
      if (this.#arriving.size < 2) throw busy();
      this.#reclaimOldest();
      if (!this.#arriving.has(request)) return;
    }
    this.#bytes += bytes;
    this.#bytesOf.set(request, (this.#bytesOf.get(request) ?? 0) + bytes);
  }

  /** The body has arrived: its bytes can no longer be reclaimed. @throws {Refusal} 503 */
  complete(request: object): void {
    this.#requirePlace();
    this.#arriving.delete(request);
    this.#arrived.add(request);
  }

  release(request: object): void {
    this.#arriving.delete(request);
    this.#arrived.delete(request);
    this.#bytes -= this.#bytesOf.get(request) ?? 0;
    this.#bytesOf.delete(request);
  }

  #requirePlace(): void {
    if (this.#arrived.size >= this.#max.requests) throw busy();
  }

  #reclaimOldest(): void {
    for (const [request, reclaim] of this.#arriving) {
      this.release(request);
      reclaim();
      return;
    }
  }
}

const busy = () => new Refusal(503, 'the bridge is busy');
