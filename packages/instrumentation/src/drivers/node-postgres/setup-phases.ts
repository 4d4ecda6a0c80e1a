import { isIP } from 'node:net';
import { now } from '../../clock';
import type { ConnectOperation, SetupPhase, SetupStep } from '../../operation';
import type { PgClient, PgStream } from './pg';

type Listener = (...args: unknown[]) => void;
interface Emitter {
  once(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/** Each of these is the server's answer to the startup message that asks for proof (pg-protocol parser.js). */
const CHALLENGES = [
  'authenticationSASL',
  'authenticationMD5Password',
  'authenticationCleartextPassword',
] as const;

/**
 * Follows a connection through its setup by the events of pg's Connection and its stream. Listeners only, on
 * events without side effects, and none left behind: a `data` listener would break pg-copy-streams, a `message`
 * listener doubles pg's events, an `error` listener would hide an unhandled one.
 */
export class SetupPhases {
  readonly #operation: ConnectOperation;
  readonly #steps: SetupStep[] = [];
  readonly #undo: (() => void)[] = [];
  #phase: SetupPhase | undefined;
  #since: number;

  constructor(client: PgClient, operation: ConnectOperation) {
    this.#operation = operation;
    this.#since = operation.startedAt;
    const { connection } = client;
    const stream = connection?.stream;
    if (connection === undefined || stream === undefined) return;

    const host = operation.target.address;
    const isLookedUp = isIP(host) === 0 && !operation.target.isUnixSocket;
    this.#phase = isLookedUp ? 'dns' : 'tcp';
    this.#once(stream, 'lookup', (error) => {
      if (!error) this.#enter('tcp');
    });
    this.#once(stream, 'connect', () => {
      this.#readPeer(stream);
      // A stream of the user's own that tells no lookup: its time to connect is one phase.
      if (this.#phase === 'dns') this.#phase = 'tcp';
      this.#enter(client.ssl ? 'tls' : 'startup');
    });
    this.#once(connection, 'sslconnect', () => {
      // Told when the handshake starts; the stream is another one from here on (pg lib/connection.js, upgradeToSSL).
      if (connection.stream !== undefined) {
        this.#once(connection.stream, 'secureConnect', () => this.#enter('startup'));
      }
    });
    for (const challenge of CHALLENGES) this.#once(connection, challenge, () => this.#enter('auth'));
    this.#once(connection, 'authenticationOk', () => this.#enter('ready'));
    this.#once(connection, 'readyForQuery', () => this.#enter(undefined));
  }

  /** Hands the phases over; one that has not come to its end is the one that failed. */
  finish(): void {
    this.#enter(undefined);
    this.#operation.steps = this.#steps;
    for (const off of this.#undo.splice(0)) off();
  }

  #enter(next: SetupPhase | undefined): void {
    if (this.#phase === undefined) return;
    const at = now();
    this.#steps.push({ phase: this.#phase, startedAt: this.#since, endedAt: at });
    this.#phase = next;
    this.#since = at;
  }

  #readPeer(stream: PgStream): void {
    if (typeof stream.remoteAddress !== 'string') return;
    this.#operation.peer = { address: stream.remoteAddress, port: stream.remotePort };
  }

  #once(emitter: Emitter, event: string, listener: Listener): void {
    emitter.once(event, listener);
    this.#undo.push(() => emitter.removeListener(event, listener));
  }
}
