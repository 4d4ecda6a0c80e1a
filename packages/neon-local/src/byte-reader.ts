import type { Duplex } from 'node:stream';

/** Reads a stream in pieces of given sizes, and can put surplus bytes back. */
export class ByteReader {
  #read: Buffer = Buffer.alloc(0);

  constructor(private readonly stream: Duplex) {}

  /** Resolves with undefined when the stream ends before that many bytes. */
  async take(size: number): Promise<Buffer | undefined> {
    while (this.#read.length < size) {
      // Not `read(size)`: unread bytes would keep the stream readable, and this loop would never pause.
      const more = this.stream.read() as Buffer | null;
      if (more !== null) this.#read = Buffer.concat([this.#read, more]);
      else if (this.stream.readableEnded || this.stream.destroyed) return undefined;
      else await this.#change();
    }
    const taken = this.#read.subarray(0, size);
    this.#read = this.#read.subarray(size);
    return taken;
  }

  /** Puts unread bytes back into the stream for its next reader. */
  giveBack(): void {
    if (this.#read.length > 0) this.stream.unshift(this.#read);
    this.#read = Buffer.alloc(0);
  }

  #change(): Promise<void> {
    const events = ['readable', 'end', 'close', 'error'];
    return new Promise((resolve) => {
      const changed = () => {
        for (const event of events) this.stream.off(event, changed);
        resolve();
      };
      for (const event of events) this.stream.on(event, changed);
    });
  }
}
