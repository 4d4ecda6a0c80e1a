import type { Attributes } from '@opentelemetry/api';
import { isNoDatabaseName, isNoHost, UNPARSABLE, warnOfConnectionString } from './credentials';
import { DB_NAMESPACE, DB_SYSTEM_NAME, POSTGRESQL, SERVER_ADDRESS, SERVER_PORT } from './semconv';
import { copyText } from './text-copies';

const DEFAULT_PORT = 5432;
/** All clients of one database share one target. Clients of further databases have separate targets. */
const MAX_SHARED_TARGETS = 1000;

/** The server and database that a client is configured to connect to. It references no driver object. */
export class Target {
  /** Host or path of a Unix socket; empty when it is not known. */
  readonly address: string;
  /** Absent for a Unix socket. */
  readonly port: number | undefined;
  /** The database; absent when it is not known. */
  readonly namespace: string | undefined;
  /**
   * `db.system.name`, `db.namespace`, `server.address` and, when it is not 5432, `server.port`
   * (semconv, database spans: "if not the default").
   */
  readonly attributes: Readonly<Attributes>;
  /** When an operation on this target last succeeded, in milliseconds of the monotonic clock. */
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

  /** `server.address[:port]`, as the conventions write an endpoint: an IPv6 address is in brackets. */
  get endpoint(): string {
    if (this.port === undefined) return this.address;
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  /** The target of an operation whose server and database are not known. */
  static readonly unknown = new Target('', undefined, undefined);

  /**
   * The target of connection settings that the driver misread. If one part may contain credentials, the others may too:
   * in `postgres://app:12@34/secret@db/shop` the driver finds the host `34`.
   */
  static readonly unparsable = new Target(UNPARSABLE, undefined, UNPARSABLE);

  /** The target of a database that runs in this process: it has no server. */
  static inProcess(database: unknown): Target {
    if (typeof database !== 'string' || database === '') return Target.unknown;
    const key = `\0\0${database}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    if (isNoDatabaseName(database)) return Target.unknown;
    const target = new Target('', undefined, copyText(database));
    if (shared.size < MAX_SHARED_TARGETS) shared.set(copyText(key), target);
    return target;
  }

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

/** The host of a URL, without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** Whether a host is an IP address, which needs no DNS look-up. */
export const isAddress = (host: string): boolean => host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
