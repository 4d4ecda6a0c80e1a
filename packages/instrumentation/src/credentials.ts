import { warn } from './warnings';

/** Reported instead of the name of a host, database or pool that may hold credentials. */
export const UNPARSABLE = '[unparsable]';

/** Characters: a host has up to 253, the path of a socket 107. */
const LONGEST_NAME = 255;
/** PostgreSQL truncates what is longer (NAMEDATALEN). Counted in characters here, in bytes there. */
const LONGEST_DATABASE_NAME = 63;

/**
 * Letters and digits of any script, and the punctuation of names. Settings and their encodings need other characters:
 * `@`, `=`, `;`, quotes, braces, `%`, `&`, backslashes.
 */
const NAME = /^[\p{L}\p{M}\p{N} _.,:/#$+~()[\]-]*$/u;
/** Compressed or with all eight groups, perhaps with a zone, which has the only `%` of a name. */
const IPV6 = /^\[?(?=[\da-f:.]*::|(?:[\da-f]{1,4}:){7})[\da-f:.]+(?:%(?:25)?[\w.-]{1,15})?/i;
const DOMAINS = /^[\p{L}\p{M}\p{N}_.,-]*$/u;
/** A URL, `password SECRET` or `password: SECRET`, an option of a command line, the fields of a `.pgpass` file. */
const SETTINGS = /:\/\/|(?:\bpass|password|passwd|passphrase|pwd)[:\s]|\s-\S|^-\S+\s|:.*:.*:/i;

/** Long enough to be the Base64 of credentials. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}/g;
/** Of printable ASCII, or of any characters. Names decode to bytes that are no text. */
const TEXT = /[\x20-\x7e]{11}|[^\ufffd\p{Cc}]{16}/u;

/**
 * Whether something that should be a name may be a connection string or a part of one. Drivers make
 * a name of what they cannot parse: node-postgres of all of it (pg-connection-string), password included.
 */
export function mayHoldCredentials(name: string): boolean {
  if (name === UNPARSABLE) return false;
  const rest = name.replace(IPV6, '');
  return name.length > LONGEST_NAME || !NAME.test(rest) || SETTINGS.test(rest) || isBase64(name);
}

/** The same of a database. No database has a slash, but paths and the rest of a URL have. */
export const isNoDatabaseName = (name: string): boolean =>
  name.length > LONGEST_DATABASE_NAME || name.includes('/') || mayHoldCredentials(name);

/** The same of a host: a domain or several, an IP address, or the path of a socket. */
export const isNoHost = (name: string): boolean =>
  mayHoldCredentials(name) ||
  !(name.startsWith('/') || DOMAINS.test(name) || /^\]?$/.test(name.replace(IPV6, '')));

/** A Kubernetes secret that was not decoded, for example. */
const isBase64 = (name: string): boolean =>
  (name.match(BASE64) ?? []).some((run) =>
    // The beginning may be missing, or something be before it: each position within a group of characters is tried.
    [0, 1, 2, 3].some((start) => TEXT.test(decoded(run.slice(start)))),
  );

function decoded(run: string): string {
  const text = run.replaceAll('-', '+').replaceAll('_', '/');
  // One character of a group is no byte, and `atob` refuses it.
  const bytes = atob(text.length % 4 === 1 ? text.slice(0, -1) : text);
  return utf8.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

const utf8 = new TextDecoder();

export function warnOfConnectionString(): void {
  warn(
    'PG_OTEL_CONNECTION_STRING',
    'The driver did not understand the connection settings of a client: what it uses as host or database name may ' +
      `hold credentials. Telemetry has "${UNPARSABLE}" instead. Check DATABASE_URL and the PG* variables for quotes, ` +
      'spaces or a variable name in the value, and percent-encode special characters of the password.',
  );
}

export function warnOfPoolName(): void {
  warn(
    'PG_OTEL_CONNECTION_STRING',
    `A pool name given by the option poolNames or PG_OTEL_POOL_NAMES may hold credentials. It is reported as ` +
      `"${UNPARSABLE}". Choose a name of at most ${LONGEST_NAME} letters, digits, spaces and _ - . , : / # $ + ~ ( ) [ ] ` +
      'that does not look like a connection string.',
    'poolNames',
  );
}
