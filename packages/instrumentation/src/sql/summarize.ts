import { Cursor } from './cursor';
import { END } from './lexer';
import { QueryReader } from './query';
import { statement } from './statements';
import { Summary } from './summary';

/**
 * Implements the public function of this name, for text that {@link readableSql} has returned.
 *
 * - Operations are the commands, and in definitions the kind of object (`CREATE TABLE`, `DROP INDEX`), without
 *   modifiers (`TEMP`, `UNIQUE`, `IF EXISTS`). Each sub-select, and each VALUES that is not the source of an
 *   INSERT, is a separate operation.
 * - Targets are relations (tables, views, sequences; indexes only in DROP, ALTER, REINDEX and COMMENT) as often as
 *   they appear, with the schema if it is written. They include tables in foreign keys, LIKE and INHERITS.
 * - Further targets are procedures that are called, functions and procedures that are defined, schemas, databases,
 *   prepared statements, notification channels and settings (never their values).
 * - These are not targets: references to common table expressions (the targets in an expression appear where it is
 *   defined), functions in FROM, columns, roles, and names that applications generate (cursors, savepoints).
 * - The summaries of several statements in one text follow one another.
 *
 * Any text is accepted, including a cut one. It takes one pass, linear in the length of the text.
 */
export function summarizeSql(text: string): string {
  const cursor = new Cursor(text);
  const summary = new Summary();
  const reader = new QueryReader(cursor, summary);
  while (cursor.kind !== END) {
    if (cursor.acceptMark(';')) continue;
    statement(reader);
    // Skips tokens that the grammar does not allow here.
    while (!cursor.isOver) cursor.advance();
  }
  return summary.toString();
}
