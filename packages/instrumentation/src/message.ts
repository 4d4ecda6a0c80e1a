import { copyText } from './text-copies';

/** Characters of a message that are reported. */
export const MESSAGE_LIMIT = 1000;
/** Characters that are read: some secrets are known by what is behind them, as that of `app:SECRET@host` is by the `@`. */
const READ_LIMIT = 2 * MESSAGE_LIMIT;

/** Names of settings with secrets, in DSNs, JSON, SQL, HTTP headers and signed URLs. */
const NAMES =
  'pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private)[-_]?key|authorization|credentials?|signature';

/** What stands before a secret. */
const BEFORE_SECRET = new RegExp(
  [
    // A URL, in any of whose schemes a password may stand, and `app:SECRET@host`.
    ':\\/\\/|:(?=[^\\s@]+@)',
    `(?:${NAMES})\\w{0,64}(?:["']?\\s{0,9}[=:]|\\s{1,9}(?:is\\s{1,9})?(?=['"$]))`,
    // HTTP's `Authorization`, and the beginnings of a JSON Web Token and of a private key.
    '\\b(?:basic|bearer)\\s|\\beyJ|-----BEGIN ',
    // What clients of Neon without SNI put before the password.
    '\\b(?:endpoint|project)=[\\w-]{1,63}[;$]',
    // Neon's driver and libpq (fe-connect.c) repeat settings that they cannot read.
    'connection string: |missing "=" after |invalid connection option |query parameter: |invalid (?:integer value|port number:) ',
  ].join('|'),
  'i',
);

/**
 * The beginning of an error's message, up to the first thing in it that comes before a secret. What follows is left
 * out to the end: where a secret ends is not known, as it may hold quotes and spaces, and be cut itself.
 */
export function messageWithoutSecrets(message: string): string {
  const text = withoutEscapes(message.slice(0, READ_LIMIT));
  const mark = BEFORE_SECRET.exec(text);
  const shown = mark === null ? message : `${text.slice(0, mark.index + mark[0].length)}***`;
  return copyText(shown.length > MESSAGE_LIMIT ? `${shown.slice(0, MESSAGE_LIMIT)}…` : shown);
}

/** Without percent-encoding and the backslashes of JSON, however often they were added. */
function withoutEscapes(text: string): string {
  const next = text
    .replace(/(?:%(?:25)*|\\u00)([\da-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    )
    .replace(/\\(?=["'/\\])/g, '');
  return next === text ? text : withoutEscapes(next);
}
