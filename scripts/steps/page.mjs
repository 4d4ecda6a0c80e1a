import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './command.mjs';

/** Writes figures into a page of docs/, between its marks. */
export function writeFigures(page, marks, figures) {
  const { file, text, from, to } = between(page, marks);
  writeFileSync(file, `${text.slice(0, from)}\n${figures}\n${text.slice(to)}`);
}

/** The figures between the marks of a page of docs/, as `writeFigures` has written them. */
export function figuresOf(page, marks) {
  const { text, from, to } = between(page, marks);
  return text.slice(from + 1, to - 1);
}

function between(page, [beginning, ending]) {
  const file = path.join(repository, 'docs', page);
  const text = readFileSync(file, 'utf8');
  const [begin, end] = [beginning, ending].map((mark) => text.indexOf(mark));
  if (begin === -1 || end < begin) throw new Error(`docs/${page} needs the lines ${beginning} and ${ending}`);
  return { file, text, from: begin + beginning.length, to: end };
}
