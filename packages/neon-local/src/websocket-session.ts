import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DatabaseError } from 'pg';
import { ByteReader } from './byte-reader';
import { couldNotConnect, isWrongPassword } from './endpoint-error';
import type { Faults } from './faults';
import { HideAuthentication } from './hide-authentication';
import { handedOn, type Login } from './login';
import type { PostgresAddress } from './postgres-address';
import { PostgresClient } from './postgres-client';
import type { RolePasswords } from './role-passwords';
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
const QUERY_CANCELED = '57014';

export interface SessionSettings {
  readonly address: Required<PostgresAddress>;
  readonly rolePasswords: RolePasswords;
  /** The time for a client to send its startup message and its password. */
  readonly loginTimeoutMillis: number;
}

/**
 * Serves one client, whose protocol bytes arrive in a WebSocket. As Neon's proxy does, the endpoint itself authenticates
 * the client: it requests the password in clear text, which the driver sends unasked, and logs in with it by the method
 * that Postgres requires. Afterwards, bytes pass unchanged.
 */
export async function runSession(
  client: Duplex,
  settings: SessionSettings,
  faults: Faults,
  loginEnded: () => void,
): Promise<void> {
  const timeout = setTimeout(() => {
    client.end(fatalError(QUERY_CANCELED, 'canceling authentication due to timeout'));
  }, settings.loginTimeoutMillis);
  try {
    const login = await readLogin(client, settings, faults).finally(() => {
      clearTimeout(timeout);
      loginEnded();
    });
    if (login === undefined || client.destroyed || client.writableEnded) return;
    await connect(client, new PostgresClient(settings.address, login), login.user, faults);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    client.end(fatalError(PROTOCOL_VIOLATION, error.message));
  }
}

/** Resolves with undefined when the client does not log in. @throws {ProtocolError} */
async function readLogin(
  client: Duplex,
  { address, rolePasswords }: SessionSettings,
  faults: Faults,
): Promise<Login | undefined> {
  const bytes = new ByteReader(client);
  const first = await readFirstMessage(client, bytes);
  if (first === undefined) return undefined;
  if (faults['close-before-auth']) {
    client.end();
    return undefined;
  }
  if (first.type === 'cancel') {
    await sendCancel(address, first.packet);
    client.end();
    return undefined;
  }
  client.write(authenticationCleartextPassword());
  const given = await readPassword(bytes);
  if (given === undefined) return undefined;
  const user = first.parameters.get('user') ?? '';
  const password = rolePasswords.check(user, { password: given });
  if (password === undefined) {
    client.end(wrongPassword(user));
    return undefined;
  }
  bytes.giveBack();
  return { user, password, parameters: handedOn(first.parameters) };
}

async function connect(
  client: Duplex,
  upstream: PostgresClient,
  user: string,
  faults: Faults,
): Promise<void> {
  const { connection } = upstream;
  // The messages of the server that the client receives, during the login of pg and after it.
  const visible = new HideAuthentication();
  visible.on('error', () => client.destroy());
  visible.pipe(client);
  const show = (chunk: Buffer) => visible.write(chunk);
  // With TLS, the first byte is the answer to SSLRequest, and pg then replaces the stream.
  if (upstream.isEncrypted) connection.once('sslconnect', () => connection.stream.on('data', show));
  else connection.stream.on('data', show);
  const giveUp = () => connection.stream.destroy();
  client.once('close', giveUp);

  const failure = await upstream.connect().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const socket = connection.stream as Socket;
  // From here on, only the client reads the server's messages, so pg's parser is removed.
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

/** The message after a failed login; undefined if the client has received the server's own message. */
function failureMessage(error: unknown, user: string): Buffer | undefined {
  if (error instanceof DatabaseError) return undefined;
  if (isWrongPassword(error)) return wrongPassword(user);
  return fatalError(INTERNAL_ERROR, couldNotConnect(error));
}

function wrongPassword(user: string): Buffer {
  return fatalError(WRONG_PASSWORD, `password authentication failed for user "${user}"`);
}
