import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './command.mjs';

/** Writes figures into a page of docs/, between its marks. */
export function writeFigures(page, [beginning, ending], figures) {
  const file = path.join(repository, 'docs', page);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [beginning, ending].map((mark) => text.indexOf(mark));
  if (begin === -1 || end < begin) throw new Error(`docs/${page} needs the lines ${beginning} and ${ending}`);
  writeFileSync(file, `${text.slice(0, begin + beginning.length)}\n${figures}\n${text.slice(end)}`);
}
