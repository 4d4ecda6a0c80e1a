import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { couldNotConnect, EndpointError, isWrongPassword } from './endpoint-error';
import { type FaultPlan, type Faults, UnknownFault } from './faults';
import { HideAuthentication } from './hide-authentication';
import { handedOn } from './login';
import type { PostgresAddress } from './postgres-address';
import { PostgresClient } from './postgres-client';
import { commonHeaders } from './sql-endpoint';
import type { Stats } from './stats';
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
/** A WebSocket's close code for an endpoint that cannot go on. */
const CLOSE_INTERNAL_ERROR = 1011;
const CLOSE_UNSUPPORTED_DATA = 1003;

/**
 * Postgres' protocol within a WebSocket. As Neon's proxy does, it ends the client's authentication itself: it
 * asks for the password in clear text, which the driver sends without being asked, and logs in by whatever method
 * the server wants. Afterwards the bytes pass as they are.
 */
export class WebSocketProxy {
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  constructor(
    private readonly address: Required<PostgresAddress>,
    private readonly plan: FaultPlan,
    private readonly stats: Stats,
  ) {}

  /** Any path, as with Neon: `/v1` and `/v2` are what the driver uses; its `address` parameter has no meaning here. */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer, url: URL): Promise<void> {
    this.stats.connections++;
    // A client that goes early is no error of ours.
    socket.on('error', () => {});
    let faults: Faults;
    try {
      faults = this.plan.take('websocket', url);
    } catch (error) {
      if (!(error instanceof UnknownFault)) throw error;
      refuse(socket, 400, error.message);
      return;
    }
    if (faults.delay !== undefined) await sleep(faults.delay);
    if (faults.reset) {
      socket.resetAndDestroy();
    } else if (faults.status !== undefined) {
      refuse(socket, faults.status, `fault status:${faults.status}`);
    } else {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket, faults));
    }
  }

  closeAll(): void {
    for (const webSocket of this.#server.clients) webSocket.terminate();
  }

  #serve(webSocket: WebSocket, faults: Faults): void {
    this.stats.openConnections++;
    webSocket.once('close', () => this.stats.openConnections--);
    webSocket.on('message', (_data, isBinary) => {
      if (!isBinary) webSocket.close(CLOSE_UNSUPPORTED_DATA, 'unexpected text message in the websocket');
    });
    const client = createWebSocketStream(webSocket);
    client.on('error', () => webSocket.terminate());
    this.#session(client, webSocket, faults).catch((error: unknown) => {
      const code = error instanceof ProtocolError ? PROTOCOL_VIOLATION : INTERNAL_ERROR;
      client.end(fatalError(code, (error as Error).message));
    });
  }

  async #session(client: Duplex, webSocket: WebSocket, faults: Faults): Promise<void> {
    const first = await readFirstMessage(client);
    if (first === undefined) return;
    if (faults['close-before-auth']) {
      webSocket.close(CLOSE_INTERNAL_ERROR, 'fault close-before-auth');
      return;
    }
    if (first.type === 'cancel') {
      await sendCancel(this.address, first.packet);
      client.end();
      return;
    }
    const user = first.parameters.get('user') ?? '';
    client.write(authenticationCleartextPassword());
    const password = await readPassword(client);
    if (password === undefined) return;
    const parameters = handedOn(first.parameters);
    const upstream = new PostgresClient(this.address, { user, password, parameters });
    const visible = new HideAuthentication();
    visible.pipe(client);
    let socket = upstream.connection.stream as Socket;
    const show = (chunk: Buffer) => visible.write(chunk);
    socket.on('data', show);
    upstream.connection.once('sslconnect', () => {
      socket.off('data', show);
      socket = upstream.connection.stream as Socket;
      socket.on('data', show);
    });
    const clientGone = () => socket.destroySoon();
    client.once('close', clientGone);
    try {
      await upstream.connect();
    } catch (error) {
      // What the server said has been shown.
      if (error instanceof DatabaseError) visible.end();
      else visible.end(loginError(error, user));
      socket.destroySoon();
      return;
    }
    // From here on nobody but the client reads what the server sends: pg's parser goes.
    socket.removeAllListeners('data');
    socket.pipe(visible);
    socket.once('close', () => visible.end());
    if (faults['close-after-auth']) {
      visible.end();
      socket.destroySoon();
      return;
    }
    client.pipe(socket);
  }
}

function loginError(error: unknown, user: string): Buffer {
  if (isWrongPassword(error)) {
    return fatalError(WRONG_PASSWORD, `password authentication failed for user "${user}"`);
  }
  return fatalError(INTERNAL_ERROR, couldNotConnect(error));
}

/** An HTTP answer instead of the upgrade. */
function refuse(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify(new EndpointError(status, message).body());
  const headers = { ...commonHeaders(), connection: 'close', 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}
