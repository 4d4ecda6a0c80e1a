import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DatabaseError } from 'pg';
import { ByteReader } from './byte-reader';
import { couldNotConnect, isWrongPassword } from './endpoint-error';
import type { Faults } from './faults';
import { HideAuthentication } from './hide-authentication';
import { handedOn } from './login';
import type { PostgresAddress } from './postgres-address';
import { PostgresClient } from './postgres-client';
import {
  authenticationCleartextPassword,
  fatalError,
  ProtocolError,
  readFirstMessage,
  readPassword,
  sendCancel,
} from './wire';

const INTERNAL_ERROR = 'XX000';
const WRONG_PASSWORD = '28P01';
const PROTOCOL_VIOLATION = '08P01';

/**
 * One client of Postgres, whose bytes come within a WebSocket. As Neon's proxy does, this ends the client's
 * authentication itself: it asks for the password in clear text, which the driver sends without being asked, and
 * logs in by whatever method the server wants. Afterwards the bytes pass as they are.
 */
export async function runSession(
  client: Duplex,
  address: Required<PostgresAddress>,
  faults: Faults,
): Promise<void> {
  try {
    const bytes = new ByteReader(client);
    const first = await readFirstMessage(client, bytes);
    if (first === undefined) return;
    if (faults['close-before-auth']) {
      client.end();
      return;
    }
    if (first.type === 'cancel') {
      await sendCancel(address, first.packet);
      client.end();
      return;
    }
    client.write(authenticationCleartextPassword());
    const password = await readPassword(bytes);
    if (password === undefined || client.destroyed) return;
    bytes.giveBack();
    const user = first.parameters.get('user') ?? '';
    const login = { user, password, parameters: handedOn(first.parameters) };
    await connect(client, new PostgresClient(address, login), user, faults);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    client.end(fatalError(PROTOCOL_VIOLATION, error.message));
  }
}

async function connect(
  client: Duplex,
  upstream: PostgresClient,
  user: string,
  faults: Faults,
): Promise<void> {
  const { connection } = upstream;
  // What the server says while pg logs in, and afterwards.
  const visible = new HideAuthentication();
  visible.pipe(client);
  const show = (chunk: Buffer) => visible.write(chunk);
  // With TLS the first byte on the wire is the answer to SSLRequest, and then comes another stream.
  if (upstream.isEncrypted) connection.once('sslconnect', () => connection.stream.on('data', show));
  else connection.stream.on('data', show);
  const giveUp = () => connection.stream.destroy();
  client.once('close', giveUp);

  const failure = await upstream.connect().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const socket = connection.stream as Socket;
  // From here on nobody but the client reads what the server sends: pg's parser goes.
  socket.removeAllListeners('data');
  client.off('close', giveUp);
  client.once('close', () => socket.destroySoon());

  if (failure !== undefined) {
    visible.end(failureMessage(failure.error, user));
    socket.destroySoon();
  } else if (faults['close-after-auth']) {
    visible.end();
    socket.destroySoon();
  } else {
    socket.once('close', () => visible.end());
    socket.pipe(visible);
    client.pipe(socket);
  }
}

/** Of a login that failed; nothing when the server has said it. */
function failureMessage(error: unknown, user: string): Buffer | undefined {
  if (error instanceof DatabaseError) return undefined;
  if (isWrongPassword(error)) {
    return fatalError(WRONG_PASSWORD, `password authentication failed for user "${user}"`);
  }
  return fatalError(INTERNAL_ERROR, couldNotConnect(error));
}
