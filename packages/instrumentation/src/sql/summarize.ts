import { Cursor } from './cursor';
import { END } from './lexer';
import { QueryReader } from './query';
import { statement } from './statements';
import { Summary } from './summary';

/**
 * The public function of this name describes it; here the text is one that is certainly read as the server reads it.
 *
 * - Operations are the commands, and in definitions the kind of object (`CREATE TABLE`, `DROP INDEX`), without
 *   modifiers (`TEMP`, `UNIQUE`, `IF EXISTS`). Each sub-select, and each VALUES that is not the source of an
 *   INSERT, is an operation of its own.
 * - Targets are the relations (tables, views, sequences; indexes only where DROP, ALTER, REINDEX or COMMENT
 *   are about them) as often as they appear, with the schema if it is written. A table that a foreign key,
 *   LIKE or INHERITS refers to counts.
 * - Further targets are called procedures, functions and procedures that are defined, schemas, databases,
 *   prepared statements, notification channels and settings (never their values).
 * - No targets are references to common table expressions (what these read is told where they are defined),
 *   functions in FROM, columns, roles, and what applications make up as they go: cursors and savepoints.
 * - Several statements in one text follow one another.
 *
 * Any text is accepted, also one that is cut somewhere. One pass, linear in the length of the text.
 */
export function summarizeSql(text: string): string {
  const cursor = new Cursor(text);
  const summary = new Summary();
  const reader = new QueryReader(cursor, summary);
  while (cursor.kind !== END) {
    if (cursor.acceptMark(';')) continue;
    statement(reader);
    // What the grammar does not foresee here.
    while (!cursor.isOver) cursor.advance();
  }
  return summary.toString();
}
