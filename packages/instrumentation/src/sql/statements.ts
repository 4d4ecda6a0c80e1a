import type { Cursor } from './cursor';
import type { QueryReader } from './query';

/** One statement of any kind. */
export function statement(cursor: Cursor, reader: QueryReader): void {
  switch (cursor.keyword) {
    case 'select':
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
    case 'with':
    case 'values':
    case 'table':
      reader.query();
      break;
    case '':
      if (cursor.mark === '(') reader.query();
      break;
    default:
      reader.operation();
  }
}
