import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import type { ByteReader } from './byte-reader';
import type { PostgresAddress } from './postgres-address';

// The parts of Postgres' protocol that the endpoint itself reads and writes:
// https://www.postgresql.org/docs/current/protocol-message-formats.html

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
/** The longest startup packet that Postgres reads (postmaster.c, MAX_STARTUP_PACKET_LENGTH). */
const LONGEST_STARTUP = 10_000;
/** The longest password message that Postgres reads (auth.c). */
const LONGEST_PASSWORD = 65_535;

export type FirstMessage =
  | { readonly type: 'startup'; readonly parameters: ReadonlyMap<string, string> }
  | { readonly type: 'cancel'; readonly packet: Buffer };

/** A client that does not speak the protocol. */
export class ProtocolError extends Error {}

/**
 * Reads the startup message or the cancel request of a client, and refuses requests for encryption before it, as Neon
 * does in a WebSocket. Resolves with undefined when the client disconnects first.
 */
export async function readFirstMessage(client: Duplex, bytes: ByteReader): Promise<FirstMessage | undefined> {
  for (;;) {
    const header = await bytes.take(8);
    if (header === undefined) return undefined;
    const length = header.readInt32BE(0);
    const code = header.readInt32BE(4);
    if (length < 8 || length > LONGEST_STARTUP) throw new ProtocolError('invalid length of startup packet');
    const rest = length > 8 ? await bytes.take(length - 8) : Buffer.alloc(0);
    if (rest === undefined) return undefined;
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      client.write('N');
    } else if (code === CANCEL_REQUEST) {
      return { type: 'cancel', packet: Buffer.concat([header, rest]) };
    } else if (code >> 16 === 3) {
      return { type: 'startup', parameters: pairs(rest) };
    } else {
      throw new ProtocolError(`unsupported frontend protocol ${code >> 16}.${code & 0xffff}`);
    }
  }
}

/** Reads the password message. Resolves with undefined when the client disconnects first. */
export async function readPassword(bytes: ByteReader): Promise<string | undefined> {
  const header = await bytes.take(5);
  if (header === undefined) return undefined;
  const length = header.readInt32BE(1) - 4;
  if (header[0] !== 0x70 || length < 1 || length > LONGEST_PASSWORD) {
    throw new ProtocolError('expected a password message');
  }
  const body = await bytes.take(length);
  return body?.toString('utf8', 0, length - 1);
}

export function authenticationCleartextPassword(): Buffer {
  return message('R', Buffer.from([0, 0, 0, 3]));
}

/** An ErrorResponse, severity FATAL. */
export function fatalError(code: string, text: string): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${text}`];
  return message('E', Buffer.from(`${fields.join('\0')}\0\0`));
}

/** Forwards a CancelRequest. Postgres answers by closing the connection, whether it found the query or not. */
export async function sendCancel(address: PostgresAddress, packet: Buffer): Promise<void> {
  const socket = net.connect(address.port ?? 5432, address.host);
  socket.end(packet);
  socket.resume();
  // As with Postgres, a client that sends a cancel request gets no error.
  await once(socket, 'close').catch(() => {});
}

export function cancelRequest(processId: number, secretKey: number): Buffer {
  const packet = Buffer.alloc(16);
  [16, CANCEL_REQUEST, processId, secretKey].forEach((value, index) => {
    packet.writeInt32BE(value, index * 4);
  });
  return packet;
}

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.from(`${type}\0\0\0\0`);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function pairs(bytes: Buffer): Map<string, string> {
  const texts = bytes.toString('utf8').split('\0');
  const found = new Map<string, string>();
  for (let index = 0; texts[index]; index += 2) found.set(texts[index] as string, texts[index + 1] ?? '');
  return found;
}
