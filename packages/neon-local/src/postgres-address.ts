import type { ConnectionOptions } from 'node:tls';

/** Where Postgres listens. Each request brings its user and database. */
export interface PostgresAddress {
  /** A name or an address. */
  readonly host: string;
  /** Default 5432. */
  readonly port?: number;
  /** TLS to Postgres: `true`, or options of `tls.connect` (`{ ca }`). Default false. */
  readonly ssl?: boolean | ConnectionOptions;
}

const TLS_OF_SSLMODE: Record<string, PostgresAddress['ssl']> = {
  disable: false,
  require: { rejectUnauthorized: false },
  'verify-full': true,
};

/**
 * Reads `postgres://host:port?sslmode=…`. The rest of the URL (user, password, database) is not used.
 *
 * @throws {TypeError} that names the setting and the accepted values, but not the URL, which may contain a password
 */
export function readPostgresAddress(setting: string, given: unknown): Required<PostgresAddress> {
  if (typeof given === 'string') return fromUrl(setting, given);
  const address = given as Partial<PostgresAddress> | undefined;
  if (typeof address?.host === 'string' && address.host !== '') {
    return { host: address.host, port: address.port ?? 5432, ssl: address.ssl ?? false };
  }
  throw new TypeError(`${setting} must be a URL like postgres://localhost:5432 or { host, port, ssl }`);
}

function fromUrl(setting: string, text: string): Required<PostgresAddress> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw new TypeError(`${setting} must be a URL like postgres://localhost:5432`);
  }
  const mode = url.searchParams.get('sslmode') ?? 'disable';
  const ssl = Object.hasOwn(TLS_OF_SSLMODE, mode) ? TLS_OF_SSLMODE[mode] : undefined;
  if (ssl === undefined) {
    const accepted = Object.keys(TLS_OF_SSLMODE).join(', ');
    throw new TypeError(`sslmode of ${setting} must be one of ${accepted}, got "${mode}"`);
  }
  // In a URL, an IPv6 address is in brackets.
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 5432), ssl };
}
