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
  /** The same bytes, to write several at once. */
  #view: DataView;
  position = 0;

  /** @param expected the size that is expected, in bytes */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafe(expected);
    this.#view = viewOf(this.#buffer);
  }

  /** Makes room for this many bytes, and for the parts of a span that have a fixed size. */
  reserve(bytes: number): void {
    const needed = this.position + bytes + SPARE_BYTES;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.position);
    this.#buffer = larger;
    this.#view = viewOf(larger);
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

  /** Seven bits of the length in each byte. The highest bit of a byte means that another one follows. */
  endLength(start: number): void {
    const length = this.position - start;
    const bytes =
      (length & 0x7f) | ((length & 0x3f80) << 1) | ((length & 0x1fc000) << 2) | ((length & 0xfe00000) << 3);
    this.#view.setInt32(start - LENGTH_BYTES, bytes | 0x808080, true);
  }

  /** @param value an integer from 0 to `Number.MAX_SAFE_INTEGER` */
  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 0x80);
    this.byte(rest);
  }

  double(value: number): void {
    this.#view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  /** @param value an unsigned number of 32 bits */
  fixed32(value: number): void {
    this.#view.setUint32(this.position, value, true);
    this.position += 4;
  }

  /** Writes a time as nanoseconds in 64 bits. A double holds their higher half, and `Math.imul` computes the lower one. */
  time([seconds, nanos]: readonly [number, number]): void {
    const low = (Math.imul(seconds, 1e9) + nanos) >>> 0;
    this.fixed32(low);
    this.fixed32(Math.round((seconds * 1e9 + nanos - low) / 2 ** 32));
  }

  /** @param digits hexadecimal digits, as in the ids of traces and spans */
  hex(digits: string): void {
    const buffer = this.#buffer;
    const end = digits.length;
    let to = this.position;
    for (let at = 0; at < end; at += 2) {
      const high = DIGITS[digits.charCodeAt(at)] as number;
      buffer[to++] = (high << 4) | (DIGITS[digits.charCodeAt(at + 1)] as number);
    }
    this.position = to;
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

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);
