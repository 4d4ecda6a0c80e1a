import { Refusal } from './refusal';

/** What one request holds of the budget. */
export interface ByteShare {
  /** @throws {Refusal} 503 when all requests together would hold more than there is */
  add(bytes: number): void;
  release(): void;
}

/** Bytes of unpacked bodies that all requests in flight may hold together. */
export class ByteBudget {
  private held = 0;

  constructor(private readonly mostBytes: number) {}

  share(): ByteShare {
    let own = 0;
    return {
      add: (bytes) => {
        if (this.held + bytes > this.mostBytes) throw new Refusal(503, 'the bridge is busy');
        this.held += bytes;
        own += bytes;
      },
      release: () => {
        this.held -= own;
        own = 0;
      },
    };
  }
}
