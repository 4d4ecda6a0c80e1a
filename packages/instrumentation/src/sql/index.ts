import { sanitizeSql as sanitize } from './sanitize';
import { summarizeSql as summarize } from './summarize';

/**
 * Removes what may be data from a statement: each literal (string or number) becomes `?`, comments go.
 * Everything else stays as written: case, white space, quoted names, `$1`, the length of IN lists, and TRUE,
 * FALSE and NULL, which are keywords. A minus directly before a number goes with it.
 *
 * Any text is accepted. A string, a comment or a quoted name that the text leaves open ends with it, so a
 * text may be cut anywhere before it is given. Strings are read as with `standard_conforming_strings = on`
 * (the default since PostgreSQL 9.1). One pass, linear in the length of the text.
 *
 * @example
 * sanitizeSql("SELECT * FROM users WHERE name = 'Ada' AND age IN (36, -1) -- by name");
 * // "SELECT * FROM users WHERE name = ? AND age IN (?, ?)"
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#sanitization-of-dbquerytext
 */
export function sanitizeSql(text: string): string {
  return sanitize(text);
}

/**
 * The `db.query.summary` of a text: its operations and their targets in order of appearance and as written,
 * at most 255 characters and never cut inside a name. Empty when the text is no statement of PostgreSQL's.
 *
 * Each occurrence counts. A sub-select is an operation of its own; references to common table expressions,
 * functions in FROM and the names of cursors, savepoints, roles and indexes on a table are no targets. Never holds a
 * literal or a comment. Any text is accepted. One pass, linear in the length of the text.
 *
 * @example
 * summarizeSql('INSERT INTO archive SELECT * FROM (SELECT * FROM orders JOIN "Customers" c USING (id)) o');
 * // 'INSERT archive SELECT SELECT orders "Customers"'
 *
 * @see https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query
 */
export function summarizeSql(text: string): string {
  return summarize(text);
}
