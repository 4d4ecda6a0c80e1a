import type { Route } from '../../diagnosis/contracts';
import { unobserved } from '../../telemetry';
import { PasswordCalls } from '../password-calls';
import { driverClassOf } from '../patch';
import { APPLICATION_NAME, type Row, type SideClient } from '../side-client';
import { clientState } from './client-state';
import type { PgClient } from './pg';
import { routeOf } from './session';

/** Settings of the application that do not apply to a connection for questions, or that belong to one client only. */
const NOT_CLONED = [
  'connectionString',
  'connection',
  'Client',
  'Promise',
  'types',
  'binary',
  'pipeline',
  'replication',
  'fallback_application_name',
  'connectionTimeoutMillis',
  // Poolers refuse some of them as startup parameters.
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
];
/** Settings that pg computes from the configuration, the connection string and the environment. */
const COMPUTED = [
  'host',
  'port',
  'user',
  'database',
  'ssl',
  'sslnegotiation',
  'options',
  'client_encoding',
] as const;

/** Values as the server sends them, regardless of the application's type parsers. */
const AS_TEXT = { getTypeParser: () => (value: string | null) => value };

interface Result {
  rows?: Row[];
}

export class PgSideClient implements SideClient {
  readonly #client: PgClient;
  onClose: () => void = () => {};
  readonly password: PasswordCalls;

  private constructor(client: PgClient, password: PasswordCalls) {
    this.#client = client;
    this.password = password;
    // Without a listener, the loss of the connection would end the process.
    client.on('error', () => this.onClose());
    client.on('end', () => this.onClose());
  }

  static like(client: PgClient): PgSideClient | undefined {
    const Client = driverClassOf(client);
    const config = Client && configurationOf(client);
    if (Client === undefined || config === undefined) return undefined;
    const password = new PasswordCalls(config, 'password');
    const side = unobserved(() => new (Client as unknown as new (config: object) => PgClient)(config));
    copyNeonConfig(client, side);
    return new PgSideClient(side, password);
  }

  async connect(): Promise<void> {
    const connected = unobserved(() => this.#client.connect()) as Promise<unknown>;
    this.#unref();
    await connected;
    this.#unref();
  }

  get route(): Route {
    return routeOf(this.#client);
  }

  get isReferenced(): boolean {
    return 'neonConfig' in this.#client && !hasUnref(webSocketOf(this.#client));
  }

  async simple(text: string): Promise<Row[][]> {
    return rowsOf(await this.#query({ text }));
  }

  async extended(text: string): Promise<Row[]> {
    // Older versions of pg have no `queryMode`, but use the extended protocol if the number of rows is given.
    const [rows = []] = rowsOf(await this.#query({ text, rows: 10_000 }));
    return rows;
  }

  async end(): Promise<void> {
    await unobserved(() => this.#client.end());
  }

  destroy(): void {
    this.#client.connection?.stream?.destroy?.();
  }

  #query(query: { text: string; rows?: number }): Promise<Result | Result[]> {
    return unobserved(() => this.#client.query({ ...query, rowMode: 'array', types: AS_TEXT })) as Promise<
      Result | Result[]
    >;
  }

  #unref(): void {
    const { stream } = this.#client.connection ?? {};
    stream?.unref?.();
    if ('neonConfig' in this.#client) webSocketOf(this.#client)?.unref?.();
  }
}

const rowsOf = (results: Result | Result[]): Row[][] =>
  (Array.isArray(results) ? results : [results]).map(({ rows }) => rows ?? []);

function configurationOf(client: PgClient): object | undefined {
  const { options } = clientState(client);
  const parameters = client.connectionParameters as Record<string, unknown> | undefined;
  if (parameters === undefined) return undefined;
  const given = options?.deref();
  if (given === undefined && !isDirect(client)) return undefined;
  // Passwords and TLS keys are not enumerable, and passwords may be getters.
  const clone: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(given ?? {});
  const transport = clone['stream']?.value as unknown;
  if (clone['connection'] !== undefined || (transport !== undefined && typeof transport !== 'function')) {
    return undefined;
  }
  for (const name of NOT_CLONED) delete clone[name];
  const set = (name: string, value: unknown): void => {
    clone[name] = { value, configurable: true, enumerable: name !== 'password', writable: true };
  };
  for (const name of COMPUTED) if (parameters[name] !== undefined) set(name, parameters[name]);
  // A function or a getter returns a new token for each connection. The client only has the last one.
  const { password } = clone;
  const isDynamic = password?.get !== undefined || typeof password?.value === 'function';
  if (!isDynamic) set('password', parameters['password']);
  set('application_name', APPLICATION_NAME);
  return Object.defineProperties({}, clone);
}

/** Whether a client without a pool connects to its configured host and port, and not through a stream of the application. */
function isDirect(client: PgClient): boolean {
  // The client of libpq has no `connection`, and takes no stream.
  if ('neonConfig' in client || client.connection === undefined) return true;
  const { remotePort } = client.connection?.stream ?? {};
  const isUnixSocket = client.host?.startsWith('/') === true;
  return isUnixSocket ? remotePort === undefined : remotePort === Number(client.port);
}

/** Settings of Neon's driver for a single client. */
function copyNeonConfig(from: PgClient, to: PgClient): void {
  if (!('neonConfig' in from)) return;
  const { opts } = from.connection?.stream ?? {};
  const target = to.connection?.stream?.opts;
  if (opts !== undefined && target !== undefined) Object.assign(target, opts);
}

interface Unreferenced {
  unref?: () => unknown;
}

/** The socket of a WebSocket of the package `ws`. Node's own WebSocket does not expose its socket. */
const webSocketOf = (client: PgClient): Unreferenced | undefined => client.connection?.stream?.ws?._socket;

const hasUnref = (socket: Unreferenced | undefined): boolean => typeof socket?.unref === 'function';
