import { ownText } from '../../own-text';

/** Characters of a message that are read and reported. */
export const MESSAGE_LIMIT = 1000;

/**
 * What stands before a secret: the scheme of a URL (a password may stand in any), a name with a value (in DSNs,
 * settings, JSON and SQL, `=` and `:` also percent-encoded), a scheme of HTTP's `Authorization`. The driver of Neon
 * repeats a connection string that it cannot read, and fetch a header that it cannot send.
 */
const BEFORE_SECRET =
  /(?::|%3a)(?:\/|%2f){2}|connection string: |(?:pass(?:word|wd|phrase)|pwd|secret|token|api[-_]?key|authorization|credentials?)\w{0,64}(?:["']?\s*(?:[=:]|%3[ad])|\s+(?=['"$]))|\b(?:basic|bearer)\s/i;

/**
 * The beginning of an error's message, up to the first thing in it that comes before a secret. What follows is left
 * out to the end: where a secret ends is not known, as it may hold quotes and spaces, and be cut itself.
 */
export function messageWithoutSecrets(message: string): string {
  const beginning = message.length > MESSAGE_LIMIT ? message.slice(0, MESSAGE_LIMIT) : message;
  const mark = BEFORE_SECRET.exec(beginning);
  if (mark !== null) return ownText(`${beginning.slice(0, mark.index + mark[0].length)}***`);
  return ownText(beginning === message ? message : `${beginning}…`);
}
