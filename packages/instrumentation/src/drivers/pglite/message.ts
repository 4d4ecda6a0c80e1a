/** A message from which a statement is known: its text, or the values that are bound to it. */
type Message =
  | { readonly type: 'text'; readonly text: string; readonly isSimple: boolean }
  | { readonly type: 'values'; readonly values: readonly unknown[] };

const QUERY = 0x51;
const PARSE = 0x50;
const BIND = 0x42;

/**
 * Reads a message of the wire protocol (PostgreSQL, "Message Formats"): Query, Parse or Bind. `undefined` for any other.
 *
 * @throws RangeError for a message that is cut off
 */
export function read(message: Uint8Array): Message | undefined {
  const reader = new Reader(message);
  switch (reader.byte()) {
    case QUERY:
      reader.skip(LENGTH);
      return { type: 'text', text: reader.string(), isSimple: true };
    case PARSE:
      reader.skip(LENGTH);
      reader.string(); // the name of the prepared statement
      return { type: 'text', text: reader.string(), isSimple: false };
    case BIND:
      reader.skip(LENGTH);
      reader.string(); // the portal
      reader.string(); // the prepared statement
      return { type: 'values', values: reader.values() };
    default:
      return undefined;
  }
}

/** Bytes of the length of a message. */
const LENGTH = 4;
const BINARY = 1;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    this.#at += 1;
    return this.#view.getUint8(this.#at - 1);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#text(end);
    this.#at = end + 1;
    return text;
  }

  /** Text values as strings, binary values as bytes. */
  values(): unknown[] {
    const formats = this.#list(() => this.#int16());
    return this.#list((index) => {
      const length = this.#int32();
      if (length < 0) return null;
      const end = this.#at + length;
      const format = formats.length > 1 ? formats[index] : formats[0];
      const value = format === BINARY ? this.#bytes.slice(this.#at, end) : this.#text(end);
      this.#at = end;
      return value;
    });
  }

  #list<Item>(item: (index: number) => Item): Item[] {
    return Array.from({ length: this.#int16() }, (_, index) => item(index));
  }

  #text(end: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(this.#at, end));
  }

  #int16(): number {
    this.#at += 2;
    return this.#view.getInt16(this.#at - 2);
  }

  #int32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }
}
