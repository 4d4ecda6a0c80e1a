import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Route } from '../../diagnosis/contracts';
import { unobserved } from '../../telemetry';
import type { Callback } from '../callback';
import { PasswordCalls } from '../password-calls';
import { peerAt } from '../session';
import { APPLICATION_NAME, type Row, type SideClient } from '../side-client';
import type { ConnectionState } from './connection-state';
import { leaveUnobserved } from './observed-options';
import type { PostgresOptions, Sql } from './postgres';

/** Settings of the session that do not apply to a connection for questions. Poolers refuse some of them. */
const NOT_CLONED = [
  'replication',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

/** Options with which the driver has one connection, no timers, and values as the server sends them. */
const FOR_QUESTIONS = {
  max: 1,
  prepare: false,
  fetch_types: false,
  no_subscribe: true,
  debug: false,
  idle_timeout: null,
  max_lifetime: null,
  connect_timeout: null,
  target_session_attrs: null,
  onnotice() {},
  onnotify: undefined,
  onparameter: undefined,
} as const;

/** An instance of the application's driver with one connection. */
export class PostgresJsSideClient implements SideClient {
  readonly #sql: Sql;
  readonly #address: NetConnectOpts;
  readonly #host: string | undefined;
  #socket: Socket | undefined;
  #backend: { readonly pid?: number } | null = null;
  onClose: () => void = () => {};
  readonly password: PasswordCalls;
  readonly isReferenced = false;

  private constructor(
    postgres: Callback,
    original: PostgresOptions,
    address: NetConnectOpts,
    host: string | undefined,
  ) {
    this.#address = address;
    this.#host = host;
    const options = {
      ...original,
      ...FOR_QUESTIONS,
      // With several hosts, the driver would try the next one.
      host: [host],
      connection: settingsOf(original),
      types: {},
      parsers: {},
      serializers: {},
      transform: { undefined: undefined, column: {}, value: {}, row: {} },
      parameters: {},
      shared: { retries: 0, typeArrayMap: {} },
      socket: () => this.#dial(),
      onclose: () => this.onClose(),
    };
    leaveUnobserved(options);
    this.password = new PasswordCalls(options, 'pass');
    // The driver takes options with `shared` as they are (src/index.js, parseOptions).
    this.#sql = Reflect.apply(postgres, undefined, [options]) as Sql;
  }

  static like({ instance, setup }: ConnectionState): PostgresJsSideClient | undefined {
    const { postgres, options } = instance ?? {};
    const { socket } = setup ?? {};
    if (postgres === undefined || options === undefined || socket === undefined) return undefined;
    const { remoteAddress, remotePort, host = firstOf(options.host) } = socket;
    const { path } = options;
    // The connection of the query leads to this server; its name may also resolve to others.
    const isUnixSocket = typeof path === 'string' && path !== '';
    if (!isUnixSocket && remotePort === undefined) return undefined;
    const address = isUnixSocket ? { path } : { host: remoteAddress, port: remotePort };
    return new PostgresJsSideClient(postgres, options, address as NetConnectOpts, host);
  }

  get route(): Route {
    const { localPort: port, remotePort: peerPort, remoteAddress } = this.#socket ?? {};
    return { pid: this.#backend?.pid, port, peer: peerAt(remoteAddress), peerPort };
  }

  /** The driver connects for a query. */
  async connect(): Promise<void> {
    await this.simple('select 1');
  }

  async simple(text: string): Promise<readonly (readonly Row[])[]> {
    const result = await this.#send(text, true);
    // The driver has a list of results for several statements that return rows.
    return 'columns' in result ? [result as readonly Row[]] : (result as readonly (readonly Row[])[]);
  }

  async extended(text: string): Promise<readonly Row[]> {
    return (await this.#send(text, false)) as readonly Row[];
  }

  async end(): Promise<void> {
    await this.#sql.end();
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  async #send(text: string, simple: boolean): Promise<readonly unknown[]> {
    const query = unobserved(() => this.#sql.unsafe(text, [], { simple }).values().execute());
    const result = (await query) as readonly unknown[];
    this.#backend = query.state;
    return result;
  }

  /** The driver would dial again after it has lost a connection that was not ready. */
  async #dial(): Promise<Socket> {
    if (this.#socket !== undefined) throw new Error('Connection terminated');
    const socket = connect(this.#address);
    this.#socket = socket;
    socket.unref();
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('Connection terminated')));
    });
    // The driver takes the name of the server from it, which the certificate has to contain.
    return Object.assign(socket, { host: this.#host });
  }
}

function settingsOf({ connection }: PostgresOptions): object {
  const settings: Record<string, unknown> = { ...connection, application_name: APPLICATION_NAME };
  for (const name of NOT_CLONED) delete settings[name];
  return settings;
}

const firstOf = (host: unknown): string | undefined => {
  const [first] = [host].flat();
  return typeof first === 'string' ? first : undefined;
};
