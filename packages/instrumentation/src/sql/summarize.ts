import { Cursor } from './cursor';
import { END } from './lexer';
import { QueryReader } from './query';
import { statement } from './statements';
import { Summary } from './summary';

/** See `index.ts` for what callers are promised. */
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
