import { Refusal } from './refusal';

/** The part of the budget that one request holds. */
export interface ByteShare {
  /** The body begins to arrive. `reclaim` ends it when others need its place. */
  begin(reclaim: () => void): void;
  /** Before `complete`. @throws {Refusal} 503 when requests that have arrived hold the entire budget */
  add(bytes: number): void;
  /** The body has arrived: its share can no longer be reclaimed. */
  complete(): void;
  release(): void;
}

/** A body that arrives also holds a decoder and the buffers of its socket. */
const MAX_ARRIVING = 256;

/**
 * The number of decompressed bytes that all requests in flight may hold together. When it is used up, the body that has
 * been arriving longest is refused, so a slow sender cannot keep out a quick one.
 */
export class ByteBudget {
  #held = 0;
  /** Shares whose body is arriving, the oldest first. */
  readonly #arriving = new Map<ByteShare, () => void>();

  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  share(): ByteShare {
    let own = 0;
    const share: ByteShare = {
      begin: (reclaim) => {
        if (this.#arriving.size >= MAX_ARRIVING) this.#reclaimOldest();
        this.#arriving.set(share, reclaim);
      },
      add: (bytes) => {
        while (this.#held + bytes > this.#mostBytes) {
          // Only this body is arriving.
          if (this.#arriving.size < 2) throw new Refusal(503, 'the bridge is busy');
          this.#reclaimOldest();
          if (!this.#arriving.has(share)) return;
        }
        this.#held += bytes;
        own += bytes;
      },
      complete: () => {
        this.#arriving.delete(share);
      },
      release: () => {
        this.#arriving.delete(share);
        this.#held -= own;
        own = 0;
      },
    };
    return share;
  }

  #reclaimOldest(): void {
    for (const [share, reclaim] of this.#arriving) {
      share.release();
      reclaim();
      return;
    }
  }
}
