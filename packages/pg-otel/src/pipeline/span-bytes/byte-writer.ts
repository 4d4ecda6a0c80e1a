/** Bytes of a length with a fixed size. Protobuf accepts lengths that are longer than they need to be. */
const LENGTH_BYTES = 4;
/** Room for everything of a span except its template and its texts. */
const SPARE_BYTES = 256;

/** Values of hexadecimal digits by character code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? 0 : digit;
});

/** Writes protobuf into a buffer that grows. */
export class ByteWriter {
  #buffer: Buffer;
  position = 0;

  /** @param expected the size that is expected, in bytes */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafe(expected);
  }

  /** Makes room for this many bytes, and for the parts of a span that have a fixed size. */
  reserve(bytes: number): void {
    const needed = this.position + bytes + SPARE_BYTES;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.position);
    this.#buffer = larger;
  }

  byte(value: number): void {
    this.#buffer[this.position++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#buffer.set(value, this.position);
    this.position += value.length;
  }

  /** Leaves room for the length of what follows. Returns where that begins, for {@link endLength}. */
  beginLength(): number {
    this.position += LENGTH_BYTES;
    return this.position;
  }

  endLength(start: number): void {
    const length = this.position - start;
    const at = start - LENGTH_BYTES;
    this.#buffer[at] = (length & 0x7f) | 0x80;
    this.#buffer[at + 1] = ((length >>> 7) & 0x7f) | 0x80;
    this.#buffer[at + 2] = ((length >>> 14) & 0x7f) | 0x80;
    this.#buffer[at + 3] = length >>> 21;
  }

  /** @param value an integer from 0 to `Number.MAX_SAFE_INTEGER` */
  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }

  double(value: number): void {
    this.position = this.#buffer.writeDoubleLE(value, this.position);
  }

  /** @param value an unsigned number of 32 bits */
  fixed32(value: number): void {
    this.#buffer[this.position] = value;
    this.#buffer[this.position + 1] = value >>> 8;
    this.#buffer[this.position + 2] = value >>> 16;
    this.#buffer[this.position + 3] = value >>> 24;
    this.position += 4;
  }

  /** Writes a time as nanoseconds in 64 bits. The product does not fit into a double, so the seconds are split. */
  time([seconds, nanos]: readonly [number, number]): void {
    const low = (seconds % 0x10000) * 1e9 + nanos;
    const high = Math.floor(seconds / 0x10000) * 1e9;
    const lowest = (low % 2 ** 32) + (high % 0x10000) * 0x10000;
    this.fixed32(lowest % 2 ** 32);
    this.fixed32(Math.floor(low / 2 ** 32) + Math.floor(high / 0x10000) + Math.floor(lowest / 2 ** 32));
  }

  /** @param digits hexadecimal digits, as in the ids of traces and spans */
  hex(digits: string): void {
    const end = digits.length;
    for (let at = 0; at < end; at += 2) {
      const high = DIGITS[digits.charCodeAt(at)] as number;
      this.#buffer[this.position++] = (high << 4) | (DIGITS[digits.charCodeAt(at + 1)] as number);
    }
  }

  /** Writes the length and the UTF-8 bytes of a text. */
  text(value: string): void {
    this.reserve(value.length * 3);
    const start = this.beginLength();
    this.position += this.#buffer.write(value, this.position);
    this.endLength(start);
  }

  written(): Uint8Array {
    return this.#buffer.subarray(0, this.position);
  }
}
