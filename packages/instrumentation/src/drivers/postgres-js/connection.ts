import { attachment } from '../../attachment';
import type { CloseReason, PoolState } from '../../pool-state';
import { telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { weakly } from '../../weak';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { rememberClient } from '../known-clients';
import { replacementOf } from '../method';
import { ConnectionState } from './connection-state';
import { Execution } from './execution';
import { Instance } from './instance';
import { areUnobserved, originalOptions } from './observed-options';
import type { PostgresConnection, PostgresOptions, PostgresQuery, Queues } from './postgres';
import { reserveCalls } from './reserve';
import { Setup } from './setup';
import { whenBuilt } from './when-built';

/** The replacement of the driver's function, and of a replacement the replacement itself. */
const replacements = attachment<Callback, Callback>();

interface Callbacks {
  onopen: Callback;
  onend: Callback;
  onclose: Callback;
}

/** Returns the function to use in place of the driver's Connection. It creates the driver's own connections. */
export function followedConnection(Connection: Callback, version: string | undefined): Callback {
  const known = replacements.get(Connection);
  if (known !== undefined) return known;
  const replacement = replacementOf(Connection, (original) => {
    return function followed(
      this: unknown,
      options: PostgresOptions,
      queues: Queues,
      ...rest: unknown[]
    ): unknown {
      const itsOptions = originalOptions(options);
      // A connection without queues sends a cancel request.
      const connection =
        queues === undefined || areUnobserved(itsOptions)
          ? undefined
          : guarded('a connection', () => new FollowedConnection(itsOptions, queues, version));
      if (connection === undefined) {
        const args = [...arguments];
        return Reflect.apply(original, this, [itsOptions, ...args.slice(1)]);
      }
      const [callbacks] = rest as [Callbacks];
      const created = Reflect.apply(original, this, [
        connection.options,
        queues,
        connection.callbacks(callbacks),
      ]) as PostgresConnection;
      guarded('a connection', () => connection.follow(created));
      return created;
    };
  });
  replacements.set(Connection, replacement);
  replacements.set(replacement, replacement);
  return replacement;
}

/** One connection of an instance. The driver opens it again after it has closed. */
class FollowedConnection {
  readonly #instance: Instance;
  readonly #setup: Setup;
  readonly #state: ConnectionState;
  /** It has begun to open. The driver creates all connections of an instance, and some of them are never opened. */
  #isKnown = false;
  #isOpen = false;
  #isEnding = false;
  #closeReason: CloseReason | undefined;
  /** The query that begins a transaction, while it is sent. */
  #beginning: Execution | undefined;

  constructor(options: PostgresOptions, queues: Queues, version: string | undefined) {
    this.#instance = Instance.of(options);
    this.#instance.connectionCreated(queues);
    this.#setup = new Setup(
      options,
      version,
      () => this.#state,
      (hasSucceeded) => {
        this.#isOpen = hasSucceeded;
        this.#instance.opened(hasSucceeded);
      },
    );
    this.#state = new ConnectionState(this.#instance.target, {
      instance: this.#instance,
      setup: this.#setup,
    });
  }

  get options(): PostgresOptions {
    return this.#setup.options;
  }

  /** The driver calls them when the connection takes another query, begins to end, and has closed. */
  callbacks({ onopen, onend, onclose }: Callbacks): Callbacks {
    const self = this;
    return {
      onopen(this: unknown): unknown {
        if (self.#setup.isRunning) guarded('the setup of a connection', () => self.#setup.served());
        return Reflect.apply(onopen, this, arguments);
      },
      onend(this: unknown): unknown {
        guarded('the end of a connection', () => self.#ends());
        return Reflect.apply(onend, this, arguments);
      },
      onclose(this: unknown, ...args: unknown[]): unknown {
        guarded('the end of a connection', () => self.#closed(args[1]));
        return Reflect.apply(onclose, this, args);
      },
    };
  }

  follow(connection: PostgresConnection): void {
    const self = this;
    const { connect, execute, end, terminate } = connection;
    this.#state.identifyBy(execute);
    connection.connect = replacementOf(connect, (original) => {
      return function followed(this: unknown, query: unknown): unknown {
        guarded('a connection', () => self.#connecting(query));
        return Reflect.apply(original, this, arguments);
      };
    });
    connection.execute = replacementOf(execute, (original) => {
      return function followed(this: unknown, query: unknown): unknown {
        const execution = Execution.of(query);
        if (execution === undefined) return Reflect.apply(original, this, arguments);
        self.#sending(execution);
        const result = Reflect.apply(original, this, arguments);
        self.#beginning = undefined;
        execution.sent();
        return result;
      };
    });
    for (const [name, method] of [
      ['end', end],
      ['terminate', terminate],
    ] as const) {
      connection[name] = replacementOf(method, (original) => {
        return function followed(this: unknown): unknown {
          self.#isEnding = true;
          const result = Reflect.apply(original, this, arguments);
          // `sql.end({ timeout })` ends before the sockets of connections that it terminates have closed.
          if (name === 'terminate') guarded('the end of a connection', () => self.#left());
          return result;
        };
      });
    }
    this.#followReserved(connection);
  }

  /** The driver sets this property when a transaction or `reserve` takes the connection, and when it is released. */
  #followReserved(connection: PostgresConnection): void {
    let { reserved } = connection;
    Object.defineProperty(connection, 'reserved', {
      get: () => reserved,
      set: (value: unknown) => {
        const wasReserved = Boolean(reserved);
        reserved = value;
        if (wasReserved !== Boolean(value)) {
          guarded('a checkout', () => (value ? this.#taken() : this.#state.released()));
        }
      },
      enumerable: true,
      configurable: true,
    });
  }

  #connecting(query: unknown): void {
    this.#isEnding = false;
    this.#closeReason = undefined;
    if (!this.#isKnown) rememberClient(weakly(this.#state));
    this.#isKnown = true;
    this.#instance.opening();
    this.#state.pool = this.#pool();
    const execution = Execution.of(query);
    let request = execution?.connecting(this.#state, this.#instance);
    if (execution !== undefined) {
      if (isTransaction(query)) this.#beginning = execution;
      whenBuilt(query as PostgresQuery, execution);
    } else if (isReservation(query)) {
      request = this.#followReservation(query);
    }
    this.#setup.requested({ pool: this.#state.pool, request });
  }

  #pool(): PoolState | undefined {
    const to = telemetry();
    return to && this.#instance.pool(to);
  }

  #followReservation(query: { reject?: Callback }): ReturnType<typeof Execution.prototype.connecting> {
    const reservation = reserveCalls.current;
    const { reject } = query;
    // Up to 3.4.4 the driver does not pass the failure on to the caller.
    if (typeof reject !== 'function') return reservation?.by('new');
    query.reject = (error: unknown) => {
      guarded('the setup of a connection', () => {
        this.#setup.queryFailed(error);
        if (reservation === undefined) return;
        reservation.failed(error);
        this.#instance.dropReservation(reservation);
      });
      return reject(error);
    };
    return reservation?.by('new');
  }

  #sending(execution: Execution): void {
    try {
      // The instrumentation may have been enabled after the connection was opened.
      if (this.#state.pool === undefined) this.#state.pool = this.#pool();
      execution.sending(this.#state, this.#instance);
      this.#beginning = execution;
    } catch (error) {
      logInternalError('a query', error);
    }
  }

  /** A transaction or `reserve` has taken the connection. */
  #taken(): void {
    const beginning = this.#beginning;
    this.#beginning = undefined;
    const checkout = beginning?.takeCheckout();
    if (checkout !== undefined) {
      this.#state.checkout = checkout;
      return;
    }
    const reservation = reserveCalls.current ?? this.#instance.reservations.shift();
    const delivered = reservation?.delivered();
    this.#state.checkout = delivered?.checkout;
    this.#state.poolWaitSeconds = delivered?.waitSeconds;
  }

  /** The driver begins to end the connection: because the application wants it, or because of one of its timers. */
  #ends(): void {
    if (this.#isEnding) this.#closeReason = 'end';
    else this.#closeReason ??= this.#setup.hasExpired ? 'lifetime' : 'idle';
  }

  #closed(error: unknown): void {
    this.#beginning = undefined;
    this.#state.closed();
    this.#setup.failed(error ?? new Error('Connection terminated'));
    this.#left();
  }

  /** The pool no longer has this connection. */
  #left(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { pool } = this.#state;
    if (pool !== undefined) telemetry()?.connectionClosed(pool, this.#reason());
    this.#instance.closed();
  }

  #reason(): CloseReason {
    if (this.#isEnding) return 'end';
    // The driver does not announce the end of a connection that was checked out when its lifetime ended.
    return this.#closeReason ?? (this.#setup.hasExpired ? 'lifetime' : 'error');
  }
}

const isTransaction = (query: unknown): boolean =>
  typeof (query as { options?: { onexecute?: unknown } }).options?.onexecute === 'function';

const isReservation = (query: unknown): query is { reject?: Callback } =>
  typeof query === 'object' && query !== null && 'reserve' in query;
