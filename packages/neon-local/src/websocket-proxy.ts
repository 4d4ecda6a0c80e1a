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

/** Of one message, which `ws` collects as a whole. Postgres' protocol may be split among any number of them. */
const MOST_MESSAGE_BYTES = 32 * 1024 * 1024;

/** The WebSockets of an endpoint: Postgres' protocol within, in binary messages of any size up to 32 MiB. */
export class WebSocketProxy {
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  });
  readonly #pendingLogins = new PendingLogins();
  /** Upgrades that a fault delays. */
  readonly #waiting = new Set<Socket>();

  constructor(
    private readonly settings: SessionSettings,
    private readonly plan: FaultPlan,
    private readonly stats: Stats,
  ) {}

  /** Any path, as with Neon: `/v1` and `/v2` are what the driver uses; its `address` parameter has no meaning here. */
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

  /** @throws when the client goes before */
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
    // The stream would end only for somebody who reads it, and nobody does while Postgres is asked to log in.
    webSocket.once('close', () => client.destroy());
    runSession(client, this.settings, faults, loginEnded).catch(() => webSocket.terminate());
  }
}

/** An HTTP answer instead of the upgrade. */
export function refuse(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify(new EndpointError(status, message).body());
  const headers = { ...commonHeaders(), connection: 'close', 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // A client that does not close would keep it for ever: a socket that was to be upgraded has no time-out of Node's.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}
