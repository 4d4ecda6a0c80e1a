import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf';
import { StatusSchema } from './generated/google/rpc/status_pb';

/** How a message of OTLP is written; an answer comes as its request came. */
export interface Encoding {
  readonly contentType: 'application/json' | 'application/x-protobuf';
  /** Ids of traces as their bytes, in either encoding. @throws {Undecodable} */
  decode<Schema extends DescMessage>(schema: Schema, body: Buffer): MessageShape<Schema>;
  encode<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Buffer;
  idOf(field: Uint8Array): string;
}

/** What was sent is not what the path is for; the message repeats nothing of it. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

export const json: Encoding = {
  contentType: 'application/json',
  decode(schema, body) {
    const text = body.toString('utf8');
    return explained(`${schema.name} in JSON`, () =>
      fromJson(schema, JSON.parse(text, wellFormed) as JsonValue, { ignoreUnknownFields: true }),
    );
  },
  encode: (schema, message) => Buffer.from(toJsonString(schema, message)),
  // OTLP writes ids in hexadecimal where Protobuf's JSON has Base64. Those digits are Base64, too, so the field holds
  // what they mean there, and writing it again gives them back.
  idOf: (field) => Buffer.from(field).toString('base64').toLowerCase(),
};

export const protobuf: Encoding = {
  contentType: 'application/x-protobuf',
  decode: (schema, body) =>
    explained(`${schema.name} in Protobuf`, () => fromBinary(schema, body, { readUnknownFields: false })),
  encode: (schema, message) => Buffer.from(toBinary(schema, message)),
  idOf: (field) => Buffer.from(field).toString('hex'),
};

const encodings = [json, protobuf];

/** Undefined for a content type that OTLP does not have. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return encodings.find((encoding) => encoding.contentType === type);
}

/** What OTLP answers instead of a response when nothing was taken. */
export function encodeStatus(encoding: Encoding, code: number, message: string): Buffer {
  return encoding.encode(StatusSchema, create(StatusSchema, { code, message }));
}

/** Whoever cuts a text may cut through a character, and one half is no text to Protobuf: the request would be lost. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value;
}

function explained<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    // After the colon it may repeat what was sent: "expected Array, got …".
    const reason =
      error instanceof SyntaxError ? 'it does not parse' : String((error as Error).message).split(':')[0];
    throw new Undecodable(`the body is no ${what}: ${reason}`);
  }
}
