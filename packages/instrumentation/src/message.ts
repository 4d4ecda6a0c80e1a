import { copyText } from './text-copies';

/** The longest message in telemetry, in characters. */
export const MESSAGE_LIMIT = 1000;
/** How many characters are searched for secrets. The `@` that identifies `app:SECRET@host` may be beyond the limit. */
const READ_LIMIT = 2 * MESSAGE_LIMIT;

/** Names of settings with secret values, in DSNs, JSON, SQL, HTTP headers and signed URLs. */
const NAMES =
  'pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization|credentials?|signature';

/** Matches the text before a secret. */
const BEFORE_SECRET = new RegExp(
  [
    // A URL, which may contain a password in any scheme, and `app:SECRET@host`.
    ':\\/\\/|:(?=[^\\s@]+@)',
    `(?:${NAMES})\\w{0,64}(?:["']?\\s{0,9}[=:]|\\s{1,9}(?:is\\s{1,9})?(?=['"$]))`,
    // HTTP's `Authorization`, a JSON Web Token, and a private key.
    '\\b(?:basic|bearer)\\s|\\beyJ|-----BEGIN ',
    // Clients of Neon without SNI put this before the password.
    '\\b(?:endpoint|project)=[\\w-]{1,63}[;$]',
    // Neon's driver and libpq (fe-connect.c) repeat settings that they cannot parse.
    'connection string: |missing "=" after |invalid connection option |query parameter: |invalid (?:integer value|port number:) ',
  ].join('|'),
  'i',
);

/**
 * Returns an error's message up to the first secret in it, at most {@link MESSAGE_LIMIT} characters. Everything after
 * the start of a secret is removed, because its end cannot be found: a secret may contain quotes and spaces.
 */
export function messageWithoutSecrets(message: string): string {
  const text = withoutEscapes(message.slice(0, READ_LIMIT));
  const mark = BEFORE_SECRET.exec(text);
  const shown = mark === null ? message : `${text.slice(0, mark.index + mark[0].length)}***`;
  return copyText(shown.length > MESSAGE_LIMIT ? `${shown.slice(0, MESSAGE_LIMIT)}…` : shown);
}

/** Removes percent-encoding and the backslashes of JSON, even if the text was encoded several times. */
function withoutEscapes(text: string): string {
  const next = text
    .replace(/(?:%(?:25)*|\\u00)([\da-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/\\(?=["'/\\])/g, '');
  return next === text ? text : withoutEscapes(next);
}
