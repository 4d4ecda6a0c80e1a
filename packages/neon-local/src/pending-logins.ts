import type { Socket } from 'node:net';

/** The default `max_connections` of Postgres. */
const MAX_SOCKETS = 100;
/** Large, because the first message of the driver may contain startup packet, password and a query. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * WebSockets whose client has not logged in yet. Any program that reaches the port can open them, so their number and
 * the bytes they have sent together are limited. Above a limit, the oldest is closed, because a login takes milliseconds.
 */
export class PendingLogins {
  readonly #sentBy = new Map<Socket, number>();
  #bytes = 0;

  /** Returns a function to call once the login has succeeded or failed. */
  add(socket: Socket): () => void {
    const count = (chunk: Buffer) => {
      this.#sentBy.set(socket, (this.#sentBy.get(socket) ?? 0) + chunk.length);
      this.#bytes += chunk.length;
      this.#closeOldest();
    };
    const done = () => {
      socket.off('data', count).off('close', done);
      this.#forget(socket);
    };
    socket.on('data', count).once('close', done);
    this.#sentBy.set(socket, 0);
    this.#closeOldest();
    return done;
  }

  #closeOldest(): void {
    for (const socket of this.#sentBy.keys()) {
      if (this.#sentBy.size <= MAX_SOCKETS && this.#bytes <= MAX_BYTES) return;
      this.#forget(socket);
      socket.destroy();
    }
  }

  #forget(socket: Socket): void {
    this.#bytes -= this.#sentBy.get(socket) ?? 0;
    this.#sentBy.delete(socket);
  }
}
