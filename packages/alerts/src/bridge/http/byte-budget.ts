import { Refusal } from './refusal';

/** The part of the budget that one request holds. */
export interface ByteShare {
  /** The body begins to arrive. `reclaim` is called if the request must give up its share. */
  begin(reclaim: () => void): void;
  /** Called before `complete`. @throws {Refusal} 503 if complete requests hold the entire budget */
  add(bytes: number): void;
  /** The body has arrived: its share can no longer be reclaimed. */
  complete(): void;
  release(): void;
}

/** The maximum number of bodies that arrive at the same time: each also holds a decoder and socket buffers. */
const MAX_ARRIVING = 256;

/**
 * Limits the decompressed bytes of all requests in flight. If the budget is exhausted, it refuses the body that has been
 * arriving longest, so that slow senders do not block fast ones.
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
          // No other body can be reclaimed.
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
