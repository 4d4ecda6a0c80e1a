import { attachment } from '../../attachment';
import { now, seconds } from '../../clock';
import type { CallersContext } from '../../operation';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import { telemetry } from '../../telemetry';
import type { Callback } from '../callback';
import type { ListenedChannels } from '../listening';
import type { Execution } from './execution';
import type { Instance } from './instance';

/** What is known of one connection, and the queries that are on their way on it. */
export class ConnectionState {
  target: Target;
  pool: PoolState | undefined;
  /** Set while a transaction or `reserve` holds the connection. */
  checkout: Checkout | undefined;
  /** The notification channels that the holder listens to. */
  channels: ListenedChannels | undefined;
  /** Seconds that `reserve` has waited. Unset once the first query of the checkout has taken them over. */
  poolWaitSeconds: number | undefined;
  /** The instance that has the connection; absent when the setup is not observed. */
  readonly instance: Instance | undefined;
  /** Follows the setup; absent when the setup is not observed. */
  readonly setup: SetupObserver | undefined;
  /** The driver's object with the process id of the session. Set while the connection is open and has sent a query. */
  backend: { readonly pid?: number } | undefined;
  /** Queries that were sent and not answered, in order. The server works on the first one. */
  #first: Execution | undefined;
  #last: Execution | undefined;

  constructor(target: Target, observed?: { readonly instance: Instance; readonly setup: SetupObserver }) {
    this.target = target;
    this.instance = observed?.instance;
    this.setup = observed?.setup;
  }

  /** Whether this is the state of a connection. A Proxy does not notice the question. */
  static isOne(object: object): object is ConnectionState {
    return #first in object;
  }

  /**
   * The state of a connection whose setup is not observed, such as one of a bundled driver.
   *
   * @param backend the object that the driver stores in each query that it sends on the connection
   */
  static of(backend: object, target: Target = Target.unknown): ConnectionState {
    let state = byBackend.get(backend);
    if (state === undefined) {
      state = new ConnectionState(target);
      byBackend.set(backend, state);
    }
    // The first query may be one of the driver's own, for which the target is not known.
    if (state.target === Target.unknown) state.target = target;
    return state;
  }

  /** The connection on which a handler sends queries, if it is the connection's own: the driver's own queries have it. */
  static executing(handler: Callback): ConnectionState | undefined {
    return byExecute.get(handler);
  }

  /** @param execute the driver's function that sends a query on this connection */
  identifyBy(execute: Callback): void {
    byExecute.set(execute, this);
  }

  /** A query was sent. Returns whether others are ahead of it. */
  sent(execution: Execution): boolean {
    const last = this.#last;
    this.#last = execution;
    if (last === undefined) this.#first = execution;
    else last.next = execution;
    return last !== undefined;
  }

  /** A query has been answered, or has failed. The next one becomes the first. */
  answered(execution: Execution): void {
    // After an error of the connection, its queries fail in another order.
    if (execution !== this.#first) return;
    let first: Execution | undefined = execution;
    while (first?.hasEnded) {
      const { next }: Execution = first;
      first.next = undefined;
      first = next;
    }
    this.#first = first;
    if (first === undefined) this.#last = undefined;
    else first.reachedServer();
  }

  /** The connection is closed. It may be opened again. */
  closed(): void {
    this.backend = undefined;
    this.#first = undefined;
    this.#last = undefined;
    this.released();
  }

  /** The transaction has ended, or `reserve` has been released. */
  released(): void {
    const { checkout, pool } = this;
    this.checkout = undefined;
    this.channels = undefined;
    this.poolWaitSeconds = undefined;
    if (checkout !== undefined && pool !== undefined) release(pool, checkout);
  }
}

/** The caller of a pool has returned a connection. */
export function release(pool: PoolState, checkout: Checkout): void {
  pool.released(checkout);
  telemetry()?.connectionReleased(pool, seconds(now() - checkout.acquiredAt));
}

export interface SocketOfDriver {
  readonly destroyed: boolean;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** The name of the server, set by the driver. */
  readonly host?: string;
}

/** Receives what queries show about the setup of their connection. */
export interface SetupObserver {
  /** The context of the driver's own queries at the end of a setup; `undefined` at any other time. */
  readonly context: CallersContext | undefined;
  /** The socket below the connection; `undefined` for one of the application. */
  readonly socket: SocketOfDriver | undefined;
  /** The connection is ready: the driver sends its own queries, if there are any. */
  ended(): void;
  /** The connection serves the application from now on. */
  served(): void;
  /**
   * The query for which the connection is opened has failed. The error may be one that ended the previous connection:
   * the driver keeps it until the next one is ready (src/connection.js, ReadyForQuery).
   */
  queryFailed(error: unknown): void;
}

const byBackend = attachment<object, ConnectionState>();
const byExecute = attachment<Callback, ConnectionState>();
