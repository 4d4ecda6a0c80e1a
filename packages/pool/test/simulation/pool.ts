import { EventEmitter } from 'node:events';
import type { PgClient, PgPool } from '../../src/pg-pool';
import type { Clock } from './clock';
import type { Server } from './server';

// Inside jest, each access to a global takes long.
const NEVER = Number.POSITIVE_INFINITY;

const CONNECT_SECONDS = 0.02;

interface Request {
  readonly at: number;
  readonly served: (client: PgClient | undefined) => void;
}

/**
 * pg-pool 3.14 (index.js) with virtual time: the same order of decisions and events, and the members that the size
 * controller's code uses.
 */
export class SimulatedPool extends EventEmitter {
  readonly options: { max: number };
  _clients: PgClient[] = [];
  _idle: { client: PgClient }[] = [];
  readonly _pendingQueue: Request[] = [];
  readonly _expired = new WeakSet<PgClient>();
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #timeoutSeconds: number;
  #isTimerSet = false;

  constructor(clock: Clock, server: Server, { max = 10, timeoutSeconds = 2 } = {}) {
    super();
    this.options = { max };
    this.#clock = clock;
    this.#server = server;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** What the code under test takes. */
  get asPgPool(): PgPool {
    return this as unknown as PgPool;
  }

  get totalCount(): number {
    return this._clients.length;
  }

  get idleCount(): number {
    return this._idle.length;
  }

  get waitingCount(): number {
    return this._pendingQueue.length;
  }

  /** Calls `served` without a client if connecting fails or takes too long. */
  request(served: Request['served']): void {
    const request = { at: this.#clock.now, served };
    if (this._isFull() || this._idle.length > 0) {
      this._pendingQueue.push(request);
      this.#setTimer();
      this._pulseQueue();
    } else {
      this.#newClient(request);
    }
  }

  release(client: PgClient, isBroken = false): void {
    this.emit('release', isBroken ? new Error('broken') : undefined, client);
    if (isBroken || this._expired.has(client)) {
      this._remove(client);
      this._pulseQueue();
      return;
    }
    this._idle.push({ client });
    this._pulseQueue();
  }

  /** The process is killed, or the server has closed all connections. */
  closeAll(): void {
    for (const { client } of this._idle.slice()) this._remove(client);
  }

  _isFull(): boolean {
    return this._clients.length >= this.options.max;
  }

  _pulseQueue(): void {
    if (this._pendingQueue.length === 0 || (this._idle.length === 0 && this._isFull())) return;
    const request = this._pendingQueue.shift() as Request;
    const idle = this._idle.pop();
    if (idle === undefined) this.#newClient(request);
    else this.#acquire(idle.client, request);
  }

  _remove(client: PgClient): void {
    this._idle = this._idle.filter((idle) => idle.client !== client);
    this._clients = this._clients.filter((other) => other !== client);
    this.#server.connections = Math.max(0, this.#server.connections - 1);
    this.emit('remove', client);
  }

  #newClient(request: Request): void {
    const client = {} as PgClient;
    this._clients.push(client);
    this.#server.after(CONNECT_SECONDS, () => {
      if (!this.#server.isUp || this.#server.connections >= this.#server.maxConnections) {
        this._clients = this._clients.filter((other) => other !== client);
        this._pulseQueue();
        request.served(undefined);
        return;
      }
      this.#server.connections++;
      this.emit('connect', client);
      this.#acquire(client, request);
    });
  }

  #acquire(client: PgClient, request: Request): void {
    this.emit('acquire', client);
    request.served(client);
  }

  /** One timer for the request that waits longest: all have the same timeout. */
  #setTimer(): void {
    const first = this._pendingQueue[0];
    if (this.#isTimerSet || first === undefined) return;
    this.#isTimerSet = true;
    this.#clock.after(first.at + this.#timeoutSeconds - this.#clock.now, () => {
      this.#isTimerSet = false;
      const late = this.#clock.now - this.#timeoutSeconds + 1e-9;
      while ((this._pendingQueue[0]?.at ?? NEVER) <= late) {
        this._pendingQueue.shift()?.served(undefined);
      }
      this.#setTimer();
    });
  }
}
