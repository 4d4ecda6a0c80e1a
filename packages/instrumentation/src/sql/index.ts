import { readableSql } from './readable';
import { sanitizeSql as sanitizeReadable } from './sanitize';
import { summarizeSql as summarizeReadable } from './summarize';

/** The text may have been cut anywhere, and the server is assumed to have default settings. */
const READING = { isCut: true, hasStandardStrings: true };
/** Texts without these are always read to their end, so {@link readableSql} is not needed. */
const MAY_END_EARLY = /stdin|\$(?!\d)|[^\t-\r -[\]-z|~\x80-\uffff]/i;

const readable = (text: string): string => (MAY_END_EARLY.test(text) ? readableSql(text, READING) : text);

/**
 * Removes data from the text of a statement. Each literal (string or number) becomes `?`, and so does a word or quoted
 * name in the place of a value (`SET app.token TO secret`). Comments are removed. Everything else stays as written: case,
 * white space, quoted names, `$1`, the length of IN lists, and the keywords TRUE, FALSE and NULL. A minus directly before
 * a number is removed with the number.
 *
 * Any text is accepted, including a cut one: a string, comment or quoted name that is not closed ends with the text. Rows
 * after `COPY … FROM STDIN;` are removed. If the text contains a character that is not part of SQL (a backslash, NUL),
 * everything after the first string is removed, or everything from that character on if no string precedes it. The time
 * is linear in the length of the text.
 *
 * Use it only for text that a server accepts: in `'O'Brien secret'`, which a server rejects, the words are read as names.
 * Strings are read as with `standard_conforming_strings = on`, the default since PostgreSQL 9.1. Spans do not have these
 * limits: they contain less text while the setting is unknown, or until the server has accepted the text.
 *
 * @param text one or several statements in PostgreSQL's dialect, of any length
 * @returns the text without data
 * @example
 * sanitizeSql("SELECT * FROM users WHERE name = 'Ada' AND age IN (36, -1) -- by name");
 * // "SELECT * FROM users WHERE name = ? AND age IN (?, ?)"
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext
 */
export const sanitizeSql = (text: string): string => sanitizeReadable(readable(text));

/**
 * Returns the `db.query.summary` of a text: its operations and their targets, as written and in order of appearance. It
 * has at most 255 characters, is never cut inside a word or name, and contains neither literals nor comments.
 *
 * It is meant for the same texts as {@link sanitizeSql}, and ignores the parts that `sanitizeSql` removes at the end.
 *
 * @param text one or several statements in PostgreSQL's dialect, of any length
 * @returns the summary, empty when the text contains no statement of PostgreSQL
 * @example
 * summarizeSql('INSERT INTO archive SELECT * FROM (SELECT * FROM orders JOIN "Customers" c USING (id)) o');
 * // 'INSERT archive SELECT SELECT orders "Customers"'
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
 */
export const summarizeSql = (text: string): string => summarizeReadable(readable(text));
