import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { EndpointError } from './endpoint-error';
import { type FaultPlan, type Faults, UnknownFault } from './faults';
import { PendingLogins } from './pending-logins';
import { commonHeaders } from './sql-endpoint';
import type { Stats } from './stats';
import { runSession, type SessionSettings } from './websocket-session';

/** A WebSocket's close code. */
const CLOSE_UNSUPPORTED_DATA = 1003;

/** The largest WebSocket message, because `ws` buffers a whole message. Clients may split their data into several. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/** The WebSockets of an endpoint. Their binary messages contain Postgres' protocol. */
export class WebSocketProxy {
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  readonly #pendingLogins = new PendingLogins();
  /** Upgrades that a fault delays. */
  readonly #waiting = new Set<Socket>();

  constructor(
    private readonly settings: SessionSettings,
    private readonly plan: FaultPlan,
    private readonly stats: Stats,
  ) {}

  /** Accepts any path, as Neon does. The driver uses `/v1` and `/v2`; its `address` parameter is ignored. */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer, url: URL): Promise<void> {
    this.stats.connections++;
    let faults: Faults;
    try {
      faults = this.plan.take('websocket', url);
    } catch (error) {
      if (!(error instanceof UnknownFault)) throw error;
      refuse(socket, 400, error.message);
      return;
    }
    if (faults.delay !== undefined) await this.#wait(faults.delay, socket);
    if (faults.reset) {
      socket.resetAndDestroy();
    } else if (faults.status !== undefined) {
      refuse(socket, faults.status, `fault status:${faults.status}`);
    } else {
      this.#server.handleUpgrade(request, socket, head, (webSocket) =>
        this.#serve(webSocket, socket, faults),
      );
    }
  }

  closeAll(): void {
    for (const socket of this.#waiting) socket.destroy();
    for (const webSocket of this.#server.clients) webSocket.terminate();
  }

  /** @throws when the client disconnects during the delay */
  async #wait(milliseconds: number, socket: Socket): Promise<void> {
    const gone = new AbortController();
    const abort = () => gone.abort();
    socket.once('close', abort);
    this.#waiting.add(socket);
    try {
      await sleep(milliseconds, undefined, { signal: gone.signal });
    } finally {
      socket.off('close', abort);
      this.#waiting.delete(socket);
    }
  }

  #serve(webSocket: WebSocket, socket: Socket, faults: Faults): void {
    const loginEnded = this.#pendingLogins.add(socket);
    this.stats.openConnections++;
    webSocket.once('close', () => this.stats.openConnections--);
    webSocket.on('message', (_data, isBinary) => {
      if (!isBinary) webSocket.close(CLOSE_UNSUPPORTED_DATA, 'unexpected text message in the websocket');
    });
    const client = createWebSocketStream(webSocket);
    client.on('error', () => webSocket.terminate());
    // The stream emits no end while nothing reads from it, as during the login to Postgres.
    webSocket.once('close', () => client.destroy());
    runSession(client, this.settings, faults, loginEnded).catch(() => webSocket.terminate());
  }
}

/** Sends an HTTP response instead of the upgrade. */
export function refuse(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify(new EndpointError(status, message).body());
  const headers = { ...commonHeaders(), connection: 'close', 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Node has no time-out for the socket of an upgrade request, so a client that does not close would keep it open.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}
