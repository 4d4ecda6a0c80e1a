import { Socket } from 'node:net';
import { now } from '../../clock';
import { type AcquireOperation, type CallersContext, ConnectOperation } from '../../operation';
import type { PoolState } from '../../pool-state';
import { isAddress, Target } from '../../target';
import { telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { SetupSteps } from '../setup-steps';
import type { ConnectionState, SetupObserver, SocketOfDriver } from './connection-state';
import { type ObservedOption, type OptionReader, observedOptions } from './observed-options';
import type { PostgresOptions } from './postgres';

/** Who opens a connection, and for what. */
export interface Opener {
  readonly pool: PoolState | undefined;
  readonly request: AcquireOperation | undefined;
}

/**
 * `none`: no setup is running. `requested`: the driver has begun to open a connection, and may wait before it dials.
 * `dialling`: it has read the option `socket`, and calls the function in a moment. `open`: it has a socket.
 * `accepted`: the server has accepted the connection, and the driver sends its own queries. If their results do not
 * fulfil the option `target_session_attrs`, it dials the next host.
 */
type Stage = 'none' | 'requested' | 'dialling' | 'open' | 'accepted';

/**
 * Follows the setups of one connection. The driver's variables are out of reach, so the phases are seen by the options
 * that it reads: it gets an object that inherits its options, with accessors for those that it reads at a certain point
 * (src/connection.js).
 */
export class Setup implements SetupObserver, OptionReader {
  /** The options for the driver. */
  readonly options: PostgresOptions;
  readonly #original: PostgresOptions;
  readonly #state: () => ConnectionState;
  /** Called when the setup has succeeded or failed. */
  readonly #finished: (hasSucceeded: boolean) => void;
  /** Whether the driver discards its socket when it closes. Otherwise it may use the same socket for the next setup. */
  readonly #discardsSockets: boolean;
  #stage: Stage = 'none';
  #hasDialled = false;
  /** Up to 3.4.3 the driver may use it for several connections, one after the other. */
  socket: SocketOfDriver | undefined;
  /** It dials with the socket that it has kept. Then it reads the option `socket` once for each dial. */
  #readsOnce = false;
  #dials = 0;
  #opener: Opener | undefined;
  #operation: ConnectOperation | undefined;
  #steps: SetupSteps | undefined;
  #context: CallersContext | undefined;
  /** Seconds after which the driver closes the connection, and when it was opened. */
  #lifetime: number | undefined;
  #connectedAt: number | undefined;

  constructor(
    original: PostgresOptions,
    version: string | undefined,
    state: () => ConnectionState,
    finished: (hasSucceeded: boolean) => void,
  ) {
    this.#original = original;
    this.#state = state;
    this.#finished = finished;
    this.#discardsSockets = discardsSockets(version);
    this.options = observedOptions(original, this);
  }

  /** The driver reads an option. */
  read(name: ObservedOption): unknown {
    const answer = guarded('the setup of a connection', () => this.#read(name));
    return answer ?? this.#original[name];
  }

  /** Returns what the driver gets instead of the application's option, if anything. */
  #read(name: ObservedOption): unknown {
    if (name === 'socket') return this.#socket();
    if (name === 'max_lifetime') return this.#max_lifetime();
    if (name === 'fetch_types') this.#connected();
    else if (name === 'pass') this.#enter('startup', 'auth');
    else {
      this.#enter('startup', 'ready');
      this.#enter('auth', 'ready');
    }
    return undefined;
  }

  get context(): CallersContext | undefined {
    return this.#context ?? this.#operation?.ownContext;
  }

  /** Whether the connection is being opened. */
  get isRunning(): boolean {
    return this.#stage !== 'none';
  }

  /** Whether the connection has existed for as long as the driver keeps one. */
  get hasExpired(): boolean {
    if (this.#lifetime === undefined || this.#connectedAt === undefined) return false;
    // A timer may fire a millisecond early.
    return now() - this.#connectedAt >= this.#lifetime * 1000 - 1;
  }

  /** The driver has begun to open the connection. */
  requested(opener: Opener): void {
    this.#opener = opener;
    this.#stage = 'requested';
    this.#connectedAt = undefined;
  }

  ended(): void {
    if (this.#stage === 'none' || this.#stage === 'accepted') return;
    // The driver's own queries at the end of the setup belong to it.
    this.#context = this.#operation?.ownContext;
    this.#stage = 'accepted';
    this.#dialSucceeded();
  }

  served(): void {
    this.ended();
    this.#finish(true);
  }

  queryFailed(error: unknown): void {
    const operation = this.#operation;
    if (this.#steps?.phase !== 'ready') {
      this.failed(error);
      return;
    }
    // If the error is not that of this connection, the driver uses the connection in the same call.
    queueMicrotask(() => {
      if (this.#operation === operation) guarded('the setup of a connection', () => this.failed(error));
    });
  }

  failed(error: unknown): void {
    const wasAccepted = this.#stage === 'accepted';
    this.#dialFailed(error);
    this.#finish(wasAccepted);
  }

  /** The connection must not keep the context of its first caller alive. */
  #finish(hasSucceeded: boolean): void {
    this.#context = undefined;
    this.#opener = undefined;
    if (this.#stage === 'none') return;
    this.#stage = 'none';
    this.#finished(hasSucceeded);
  }

  #dialFailed(error: unknown): void {
    const operation = this.#operation;
    this.#steps?.finish();
    this.#operation = undefined;
    this.#steps = undefined;
    operation?.failed(error);
  }

  #dialSucceeded(): void {
    const operation = this.#operation;
    this.#steps?.finish();
    this.#operation = undefined;
    this.#steps = undefined;
    operation?.succeeded();
  }

  /** The driver reads the option `socket` when it dials, calls it if there is one, and reads it again. */
  #socket(): unknown {
    const { socket: own, ssl } = this.#original;
    const dialsAgain = this.#stage === 'open' && this.#readsOnce;
    if (dialsAgain) this.#dialFailed(new Error('Connection terminated'));
    if (dialsAgain || this.#stage === 'requested' || this.#stage === 'accepted') {
      // The driver asks for a socket only if it has none. Otherwise it would take this function for an open socket.
      const asksForSocket = Boolean(own) || this.#discardsSockets || !this.#hasDialled;
      this.#readsOnce = !asksForSocket && !ssl;
      const target = this.#nextTarget();
      this.#begin(target);
      this.#stage = asksForSocket ? 'dialling' : 'open';
      // Otherwise nothing shows whether the driver then dials the next host.
      if (asksForSocket || this.#readsOnce) this.#state().target = target;
    }
    if (typeof own === 'function') return (): unknown => this.#ownSocket(own as Callback);
    // The driver calls a value that is not a function, and fails.
    return !own && this.#stage === 'dialling' ? (): unknown => this.#newSocket() : own;
  }

  #begin(target: Target): void {
    this.#hasDialled = true;
    const to = telemetry();
    if (to === undefined) return;
    const operation = new ConnectOperation(to, now(), target, this.#opener).start();
    this.#operation = operation;
    this.#steps = new SetupSteps(operation, 'tcp');
  }

  /** The application's socket is open when its promise is fulfilled. Requests to cancel a query ask for one, too. */
  #ownSocket(own: Callback): unknown {
    if (this.#stage === 'dialling') this.#stage = 'open';
    return Reflect.apply(own, this.#original, [this.#original]);
  }

  /** The driver would create its socket in the same way. */
  #newSocket(): Socket {
    this.#stage = 'open';
    const socket = new Socket();
    this.socket = socket;
    guarded('the setup of a connection', () => this.#follow(socket));
    return socket;
  }

  #follow(socket: Socket): void {
    const steps = this.#steps;
    if (steps === undefined) return;
    const { target } = this.#operation ?? {};
    if (target !== undefined && !target.isUnixSocket && !isAddress(target.address)) steps.rename('dns');
    steps.once(socket, 'lookup', (error) => {
      if (!error) steps.enter('tcp');
    });
    steps.once(socket, 'connect', () => {
      steps.reached(socket);
      steps.enter(this.#original.ssl ? 'tls' : 'startup');
    });
    let failure: unknown;
    steps.once(socket, 'error', (error) => {
      failure = error;
    });
    // With several hosts, the driver tries the next one, and the query does not fail.
    steps.once(socket, 'close', () => {
      if (this.#stage !== 'open' || this.#steps !== steps) return;
      // The option `target_session_attrs` asks for another server than this one, which has let the connection in.
      const isUnsuitable = failure === undefined && steps.phase === 'ready';
      if (isUnsuitable) this.#dialSucceeded();
      else this.#dialFailed(failure ?? new Error('Connection terminated'));
      this.#stage = 'requested';
    });
  }

  /** With several hosts, each connection tries them in order. A socket of the application may connect to any host. */
  #nextTarget(): Target {
    const { host, port, path, socket, database } = this.#original;
    const { target } = this.#state();
    if (!Array.isArray(host) || host.length < 2 || !Array.isArray(port) || path || socket) return target;
    const index = this.#dials % port.length;
    this.#dials += 1;
    return Target.of({ host: host[index], port: port[index], database });
  }

  /** The connection is open, also in TLS, and the startup message is sent. */
  #connected(): void {
    if (this.#stage !== 'open') return;
    this.#connectedAt = now();
    this.#enter('dns', 'startup');
    this.#enter('tcp', 'startup');
    this.#enter('tls', 'startup');
  }

  #enter(from: SetupSteps['phase'], to: SetupSteps['phase']): void {
    if (this.#steps?.phase === from) this.#steps?.enter(to);
  }

  /** The driver evaluates a function when it creates the connection, and again for each request to cancel a query. */
  #max_lifetime(): unknown {
    const { max_lifetime: lifetime } = this.#original;
    if (typeof lifetime === 'number') this.#lifetime = lifetime;
    if (typeof lifetime !== 'function') return lifetime;
    return (...args: unknown[]): unknown => {
      const seconds = Reflect.apply(lifetime as Callback, undefined, args);
      if (typeof seconds === 'number') this.#lifetime ??= seconds;
      return seconds;
    };
  }
}

/**
 * Up to 3.4.3 the driver keeps a closed socket, and connects it again (src/connection.js, closed). Unknown versions are
 * treated in the same way: the phases of their later setups before the startup message are one.
 */
function discardsSockets(version: string | undefined): boolean {
  const [, minor, patch] = /^3\.(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return Number(minor) === 4 && Number(patch) >= 4;
}
