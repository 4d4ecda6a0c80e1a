import { readFileSync } from 'node:fs';
import path from 'node:path';
import { validateOptions } from './options';

const page = (name: string) =>
  readFileSync(path.join(__dirname, '../../../docs/reference', `${name}.md`), 'utf8');
const firstCells = (text: string) => [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name as string);

it('documents each option of start()', () => {
  const [, section = ''] = page('distribution').split('\n## Options of `start()`\n');
  const [table = ''] = section.split('\n## ');

  expect(() => validateOptions({ unknown: 1 })).toThrow(firstCells(table).join(', '));
});

it('documents each warning', () => {
  const sources = ['warnings.ts', 'not-started.ts'].map((name) =>
    readFileSync(path.join(__dirname, name), 'utf8'),
  );
  const codes = new Set(sources.join('\n').match(/PG_OTEL_[A-Z_]+/g));

  expect(codes.size).toBeGreaterThan(8);
  expect(firstCells(page('warnings'))).toEqual(expect.arrayContaining([...codes]));
});
