import { readableSql } from './readable';
import { sanitizeSql as sanitizeReadable } from './sanitize';
import { summarizeSql as summarizeReadable } from './summarize';

/** A text may be cut anywhere before it is given, and is read as by a server with its defaults. */
const READING = { isCut: true, hasStandardStrings: true };
/** A text without these is read to its end, which spares looking for where that is. */
const MAY_END_EARLY = /stdin|\$(?!\d)|[^\t-\r -[\]-z|~\x80-\uffff]/i;

const readable = (text: string): string => (MAY_END_EARLY.test(text) ? readableSql(text, READING) : text);

/**
 * Removes what may be data from a statement: each literal (string or number) becomes `?`, and so does a word or quoted
 * name in the place of a value (`SET app.token TO secret`); comments go. Everything else stays as written: case, white
 * space, quoted names, `$1`, the length of IN lists, and TRUE, FALSE and NULL, which are keywords. A minus directly
 * before a number goes with it.
 *
 * Any text is accepted, also one that is cut somewhere: a string, a comment or a quoted name that the text leaves open
 * ends with it. What follows is left out behind `COPY … FROM STDIN;` (the rows), and from the first string on in a
 * text with a character that is none of SQL's (a backslash, NUL). Linear in the length of the text.
 *
 * Only for text that a server accepts: in `'O'Brien secret'`, which it refuses, the words are read as names. Strings
 * are read as with `standard_conforming_strings = on`, the default since PostgreSQL 9.1. Spans know both of their
 * statements, and report less where they have to.
 *
 * @example
 * sanitizeSql("SELECT * FROM users WHERE name = 'Ada' AND age IN (36, -1) -- by name");
 * // "SELECT * FROM users WHERE name = ? AND age IN (?, ?)"
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext
 */
export const sanitizeSql = (text: string): string => sanitizeReadable(readable(text));

/**
 * The `db.query.summary` of a text: its operations and their targets, in order of appearance and as written.
 * At most 255 characters, never cut inside a word or name, and never with a literal or a comment in it. Empty
 * when the text is no statement of PostgreSQL's.
 *
 * Reads as much of the text as {@link sanitizeSql}, under the same conditions.
 *
 * @example
 * summarizeSql('INSERT INTO archive SELECT * FROM (SELECT * FROM orders JOIN "Customers" c USING (id)) o');
 * // 'INSERT archive SELECT SELECT orders "Customers"'
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
 */
export const summarizeSql = (text: string): string => summarizeReadable(readable(text));
