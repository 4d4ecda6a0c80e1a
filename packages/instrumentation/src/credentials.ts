import { warn } from './warnings';

/** Replaces the name of a host, database or pool that may contain credentials. */
export const UNPARSABLE = '[unparsable]';

/** The longest name, in characters: a host name has up to 253, the path of a Unix socket 107. */
const LONGEST_NAME = 255;
/** The longest name of a database, in characters. PostgreSQL truncates names to 63 bytes (NAMEDATALEN). */
const LONGEST_DATABASE_NAME = 63;

/**
 * Letters and digits of any script, and the punctuation of names. Connection strings and their encodings contain other
 * characters: `@`, `=`, `;`, quotes, braces, `%`, `&`, backslashes.
 */
const NAME = /^[\p{L}\p{M}\p{N} _.,:/#$+~()[\]-]*$/u;
/** An IPv6 address, compressed or with all eight groups, with an optional zone. Other names contain no `%`. */
const IPV6 = /^\[?(?=[\da-f:.]*::|(?:[\da-f]{1,4}:){7})[\da-f:.]+(?:%(?:25)?[\w.-]{1,15})?/i;
/** One or several domain names. */
const DOMAINS = /^[\p{L}\p{M}\p{N}_.,-]*$/u;
/** A URL, `password SECRET` or `password: SECRET`, an option of a command line, the fields of a `.pgpass` file. */
const SETTINGS = /:\/\/|(?:\bpass|password|passwd|passphrase|pwd)[:\s]|\s-\S|^-\S+\s|:.*:.*:/i;

/** A run of characters that is long enough to be the Base64 of credentials. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}/g;
/** The Base64 of credentials decodes to text. A name decodes to bytes that are not text. */
const TEXT = /[\x20-\x7e]{11}|[^\ufffd\p{Cc}]{16}/u;

/**
 * Whether a name may be a connection string or a part of one. When node-postgres cannot parse a connection string
 * (pg-connection-string), it uses the whole text, including the password, as the name of the host or database.
 */
export function mayHoldCredentials(name: string): boolean {
  if (name === UNPARSABLE) return false;
  const rest = name.replace(IPV6, '');
  return name.length > LONGEST_NAME || !NAME.test(rest) || SETTINGS.test(rest) || isBase64(name);
}

/** Whether the name of a database may contain credentials. A slash means that it is a path or part of a URL. */
export const isNoDatabaseName = (name: string): boolean =>
  name.length > LONGEST_DATABASE_NAME || name.includes('/') || mayHoldCredentials(name);

/** Whether the name of a host may contain credentials: it is not a domain, an IP address or the path of a Unix socket. */
export const isNoHost = (name: string): boolean =>
  mayHoldCredentials(name) ||
  !(name.startsWith('/') || DOMAINS.test(name) || /^\]?$/.test(name.replace(IPV6, '')));

/** Whether the name is Base64, for example a Kubernetes secret that was not decoded. */
const isBase64 = (name: string): boolean =>
  (name.match(BASE64) ?? []).some((run) =>
    // The beginning may be missing or have a prefix, so each position within a group of four characters is tried.
    [0, 1, 2, 3].some((start) => TEXT.test(decoded(run.slice(start)))),
  );

function decoded(run: string): string {
  const text = run.replaceAll('-', '+').replaceAll('_', '/');
  // `atob` rejects a last group of one character, which is less than a byte.
  const bytes = atob(text.length % 4 === 1 ? text.slice(0, -1) : text);
  return utf8.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

const utf8 = new TextDecoder();

export function warnOfConnectionString(): void {
  warn(
    'PG_OTEL_CONNECTION_STRING',
    'The driver could not parse the connection settings of a client: the host or database name that it uses may ' +
      `contain credentials. Telemetry contains "${UNPARSABLE}" instead. Check DATABASE_URL and the PG* variables for quotes, ` +
      'spaces or a variable name in the value, and percent-encode special characters of the password.',
  );
}

export function warnOfPoolName(): void {
  warn(
    'PG_OTEL_CONNECTION_STRING',
    `A pool name from the option poolNames or PG_OTEL_POOL_NAMES may contain credentials. It is reported as ` +
      `"${UNPARSABLE}". Choose a name of at most ${LONGEST_NAME} letters, digits, spaces and _ - . , : / # $ + ~ ( ) [ ] ` +
      'that does not look like a connection string.',
    'poolNames',
  );
}
