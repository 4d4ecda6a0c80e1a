import type { Attributes } from '@opentelemetry/api';
import { isNoDatabaseName, isNoHost, UNPARSABLE, warnOfConnectionString } from './credentials';
import { DB_NAMESPACE, DB_SYSTEM_NAME, POSTGRESQL, SERVER_ADDRESS, SERVER_PORT } from './semconv';
import { copyText } from './text-copies';

const DEFAULT_PORT = 5432;
/** Targets are shared by all clients of one database; a process that talks to more than this keeps the rest per client. */
const MAX_SHARED_TARGETS = 1000;

/** What is configured to be reached: a server and a database of it. Never holds a driver's object. */
export class Target {
  /** Empty when nobody tells it. */
  readonly address: string;
  /** Absent for a unix socket. */
  readonly port: number | undefined;
  readonly namespace: string | undefined;
  /**
   * `db.system.name`, `db.namespace`, `server.address` and, when it is not 5432, `server.port`
   * (semconv, database spans: "if not the default").
   */
  readonly attributes: Readonly<Attributes>;
  /** When an operation there succeeded last: milliseconds of the monotonic clock. */
  lastSuccessAt = Number.NEGATIVE_INFINITY;

  private constructor(address: string, port: number | undefined, namespace: string | undefined) {
    this.address = address;
    this.port = port;
    this.namespace = namespace;
    const attributes: Attributes = { [DB_SYSTEM_NAME]: POSTGRESQL };
    if (namespace !== undefined) attributes[DB_NAMESPACE] = namespace;
    if (address !== '') attributes[SERVER_ADDRESS] = address;
    if (port !== undefined && port !== DEFAULT_PORT) attributes[SERVER_PORT] = port;
    this.attributes = attributes;
  }

  get isUnixSocket(): boolean {
    return this.address.startsWith('/');
  }

  /** `server.address[:port]`, an IPv6 address in brackets, as the conventions write an endpoint. */
  get endpoint(): string {
    if (this.port === undefined) return this.address;
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  /** Where a request goes of which nothing is known. */
  static readonly unknown = new Target('', undefined, undefined);

  /**
   * Of connection settings that were not understood. When one part may hold credentials, so may the others: of
   * `postgres://app:12@34/secret@db/shop` the driver makes a host `34`.
   */
  static readonly unparsable = new Target(UNPARSABLE, undefined, UNPARSABLE);

  static of(server: { host?: unknown; port?: unknown; database?: unknown }): Target {
    const address = typeof server.host === 'string' && server.host !== '' ? server.host : 'localhost';
    const port = Number(server.port);
    const namespace =
      typeof server.database === 'string' && server.database !== '' ? server.database : undefined;
    const effectivePort = address.startsWith('/') || !Number.isInteger(port) || port <= 0 ? undefined : port;
    const key = `${address}\0${effectivePort}\0${namespace}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (isNoHost(address) || (namespace !== undefined && isNoDatabaseName(namespace))) {
      warnOfConnectionString();
      return Target.unparsable;
    }
    const ownNamespace = namespace === undefined ? undefined : copyText(namespace);
    const target = new Target(copyText(address), effectivePort, ownNamespace);
    if (shared.size < MAX_SHARED_TARGETS) shared.set(copyText(key), target);
    return target;
  }
}

const shared = new Map<string, Target>();

/** Without the brackets that an IPv6 address has in a URL. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** An IP address, which nobody has to look up: of version 6, or of version 4. */
export const isAddress = (host: string): boolean => host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
