/** A field of an encoded protobuf message. */
export interface ProtobufField {
  readonly number: number;
  /** Key and value. */
  readonly bytes: Uint8Array;
  /** The value of a field with a length: a message, a text or bytes; empty for other fields. */
  readonly content: Uint8Array;
}

/** Bytes of values without a length, by wire type: fixed64 and fixed32. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const VARINT = 0;
const WITH_LENGTH = 2;

/**
 * Splits a message into its fields.
 *
 * @throws RangeError for bytes that are not a protobuf message
 */
export function protobufFields(message: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('the message ends within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const start = at;
    const key = varint();
    const wireType = key & 7;
    let length = FIXED[wireType] ?? 0;
    if (wireType === VARINT) varint();
    else if (wireType === WITH_LENGTH) length = varint();
    else if (length === 0) throw new RangeError(`unknown wire type ${wireType}`);
    const begin = at;
    at += length;
    if (at > message.length) throw new RangeError('the message ends within a field');
    const content = message.subarray(begin, wireType === WITH_LENGTH ? at : begin);
    fields.push({ number: key >>> 3, bytes: message.subarray(start, at), content });
  }
  return fields;
}
