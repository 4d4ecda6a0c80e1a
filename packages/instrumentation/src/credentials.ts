import { warn } from './warnings';

/** Reported instead of the name of a host, database or pool that may hold credentials. */
export const UNPARSABLE = '[unparsable]';

/** Characters. A database has up to 63 bytes, a host 253, the path of a socket 107. */
const LONGEST_NAME = 255;

/** What connection strings have and names have not: `@`, `://`, and the `=` of `password=` and `DATABASE_URL=`. */
const PART_OF_A_CONNECTION_STRING = /[@=]|:\/\//;
/** `password: …`, as YAML and JSON have it. */
const PASSWORD = /(?:pass(?:word|wd)?|pwd)["']?\s*:/i;
/** Long enough to be the Base64 of credentials, which decode to text. */
const BASE64 = /[A-Za-z0-9+/_-]{16,}/g;
/** A character that is percent-encoded, any number of times. */
const PERCENT_ENCODED = /%(?:25)*([0-9a-f]{2})/gi;
const PLAIN_TEXT = /^[\s\x20-\x7e]+$/;

/**
 * Whether something that should be a name may be a connection string or a part of one. Drivers make a database name
 * of what they cannot parse: node-postgres of all of it (pg-connection-string), password included.
 */
export function mayHoldCredentials(name: string): boolean {
  if (name.length > LONGEST_NAME) return true;
  const text = name.replace(PERCENT_ENCODED, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return looksLikeSettings(text) || isBase64OfSettings(text);
}

const looksLikeSettings = (text: string): boolean =>
  PART_OF_A_CONNECTION_STRING.test(text) || PASSWORD.test(text);

/**
 * A Kubernetes secret that was not decoded, for example. Its beginning may be missing, so each of the four positions
 * within a group of characters is tried. Of a usual name, no position decodes to plain text.
 */
function isBase64OfSettings(name: string): boolean {
  const texts = (name.match(BASE64) ?? []).flatMap((run) =>
    [0, 1, 2, 3].map((start) => decoded(run.slice(start))),
  );
  return texts.some((text) => PLAIN_TEXT.test(text) && looksLikeSettings(text));
}

/** Whole groups only. */
function decoded(run: string): string {
  const text = run.replaceAll('-', '+').replaceAll('_', '/');
  return atob(text.slice(0, text.length - (text.length % 4)));
}

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
    `A pool name given by the option poolNames or PG_OTEL_POOL_NAMES may hold credentials: it contains "@", "=" or ` +
      `"://", or more than ${LONGEST_NAME} characters. It is reported as "${UNPARSABLE}". Choose another name.`,
    'poolNames',
  );
}
