import type { tracing } from '@opentelemetry/sdk-node';
import type { ByteWriter } from './byte-writer';
import { protobufFields } from './protobuf-fields';

/** Numbers of the fields of a span: opentelemetry-proto, `opentelemetry/proto/trace/v1/trace.proto`. */
const FIELD = { name: 5, kind: 6, attribute: 9, flags: 16 } as const;
/** What varies from span to span, and what a span with a template does not have. */
const VARYING = new Set([1, 2, 3, 4, 7, 8, 10, 11, 12, 13, 14, 15, 16]);

/** Keys of fields, with wire type. */
const KEY = { traceId: 0x0a, spanId: 0x12, parentSpanId: 0x22, start: 0x39, end: 0x41, attribute: 0x4a };
const FLAGS_KEY = [0x85, 0x01] as const;
/** Of `KeyValue.value` and of the values of `AnyValue`. */
const VALUE_KEY = { value: 0x12, text: 0x0a, boolean: 0x10, integer: 0x18, double: 0x21 };

/** Flags of a span that say whether its parent is in another process. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

type Attributes = tracing.ReadableSpan['attributes'];

/** Keys of attributes that vary, encoded. */
const encodedKeys = new Map<string, Uint8Array>();
const ENCODED_KEYS = 1_000;

/**
 * The encoded parts of a span that are the same for many spans: its name, its kind and its first attributes. Everything
 * is compared before it is used, so a hook or processor that changes an attribute gets another template.
 */
export class SpanTemplate {
  readonly bytes: Uint8Array;
  readonly #name: string;
  readonly #kind: number;
  readonly #keys: readonly string[];
  readonly #values: readonly unknown[];
  /** Older serializers do not write them. */
  readonly #hasFlags: boolean;

  private constructor(
    span: tracing.ReadableSpan,
    keys: readonly string[],
    bytes: Uint8Array,
    hasFlags: boolean,
  ) {
    this.#name = span.name;
    this.#kind = span.kind;
    this.#keys = keys;
    this.#values = keys.map((key) => span.attributes[key]);
    this.bytes = bytes;
    this.#hasFlags = hasFlags;
  }

  /**
   * Makes a template from a span that the standard serializer has encoded.
   *
   * @returns `undefined` if the bytes have fields that are not known here
   */
  static from(span: tracing.ReadableSpan, encoded: Uint8Array): SpanTemplate | undefined {
    const keys = sharedKeys(span.attributes);
    const fields = protobufFields(encoded);
    const attributes = fields.filter(({ number }) => number === FIELD.attribute);
    const others = fields.filter(({ number }) => number === FIELD.name || number === FIELD.kind);
    const known =
      attributes.length + others.length + fields.filter(({ number }) => VARYING.has(number)).length;
    if (known !== fields.length || attributes.length !== Object.keys(span.attributes).length)
      return undefined;
    const shared = [...others, ...attributes.slice(0, keys.length)].map(({ bytes }) => bytes);
    const hasFlags = fields.some(({ number }) => number === FIELD.flags);
    return new SpanTemplate(span, keys, Buffer.concat(shared), hasFlags);
  }

  matches(span: tracing.ReadableSpan): boolean {
    if (span.name !== this.#name || span.kind !== this.#kind) return false;
    const { attributes } = span;
    const keys = this.#keys;
    let index = 0;
    for (const key in attributes) {
      if (index === keys.length) return true;
      if (key !== keys[index] || attributes[key] !== this.#values[index]) return false;
      index += 1;
    }
    return index === keys.length;
  }

  /**
   * Writes a span that matches.
   *
   * @returns false if it has an attribute that is not a text, a boolean or a number; then nothing is written
   */
  write(to: ByteWriter, span: tracing.ReadableSpan): boolean {
    const before = to.position;
    to.reserve(this.bytes.length);
    to.byte(VALUE_KEY.value);
    const start = to.beginLength();
    to.bytes(this.bytes);
    const { traceId, spanId, traceFlags } = span.spanContext();
    to.byte(KEY.traceId);
    to.byte(16);
    to.hex(traceId);
    to.byte(KEY.spanId);
    to.byte(8);
    to.hex(spanId);
    const parent = span.parentSpanContext;
    if (parent?.spanId) {
      to.byte(KEY.parentSpanId);
      to.byte(8);
      to.hex(parent.spanId);
    }
    to.byte(KEY.start);
    to.time(span.startTime);
    to.byte(KEY.end);
    to.time(span.endTime);
    if (this.#hasFlags) {
      to.byte(FLAGS_KEY[0]);
      to.byte(FLAGS_KEY[1]);
      to.fixed32((traceFlags & 0xff) | HAS_IS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0));
    }
    if (!this.#writeOthers(to, span.attributes)) {
      to.position = before;
      return false;
    }
    to.endLength(start);
    return true;
  }

  /** Writes the attributes that the template does not have. */
  #writeOthers(to: ByteWriter, attributes: Attributes): boolean {
    const shared = this.#keys.length;
    let index = 0;
    for (const key in attributes) {
      index += 1;
      if (index > shared && !writeAttribute(to, key, attributes[key])) return false;
    }
    return true;
  }
}

/** The first attributes up to the last text. What follows are measurements, which differ from span to span. */
function sharedKeys(attributes: Attributes): string[] {
  const keys = Object.keys(attributes);
  return keys.slice(0, 1 + keys.findLastIndex((key) => typeof attributes[key] === 'string'));
}

function writeAttribute(to: ByteWriter, key: string, value: unknown): boolean {
  const encodedKey = encodedKeys.get(key) ?? encodeKey(key);
  to.reserve(encodedKey.length);
  to.byte(KEY.attribute);
  const start = to.beginLength();
  to.bytes(encodedKey);
  to.byte(VALUE_KEY.value);
  const valueStart = to.beginLength();
  if (!writeValue(to, value)) return false;
  to.endLength(valueStart);
  to.endLength(start);
  return true;
}

function writeValue(to: ByteWriter, value: unknown): boolean {
  if (typeof value === 'string') {
    to.byte(VALUE_KEY.text);
    to.text(value);
    return true;
  }
  if (typeof value === 'boolean') {
    to.byte(VALUE_KEY.boolean);
    to.byte(value ? 1 : 0);
    return true;
  }
  if (typeof value !== 'number') return false;
  if (!Number.isInteger(value)) {
    to.byte(VALUE_KEY.double);
    to.double(value);
    return true;
  }
  if (value < 0 || value > Number.MAX_SAFE_INTEGER) return false;
  to.byte(VALUE_KEY.integer);
  to.varint(value);
  return true;
}

/** The first field of `KeyValue`. */
function encodeKey(key: string): Uint8Array {
  const text = Buffer.from(key);
  const length: number[] = [];
  for (let rest = text.length; ; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  const encoded = Buffer.concat([Buffer.of(VALUE_KEY.text, ...length), text]);
  if (encodedKeys.size < ENCODED_KEYS) encodedKeys.set(key, encoded);
  return encoded;
}
