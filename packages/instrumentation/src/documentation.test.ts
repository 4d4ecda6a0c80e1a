import { readFileSync } from 'node:fs';
import path from 'node:path';
import { configure, ENVIRONMENT_VARIABLES } from './configuration';

const page = (name: string) =>
  readFileSync(path.join(__dirname, '../../../docs/reference', `${name}.md`), 'utf8');

/** The code in the cells of each row of a table, without backticks. */
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, name, cells = '']) => ({
    name,
    cells: cells.split(' | ').map((cell) => cell.replace(/^`(.*)`$/, '$1')),
  }));

it('documents each option of the instrumentation with its variable and its default', () => {
  const documented = rowsOf(page('configuration'));
  const { requestHook, responseHook, ...defaults } = configure({}, {});
  const written = (value: unknown) =>
    typeof value === 'object' ? JSON.stringify(value).replaceAll(',', ', ') : String(value);

  expect(Object.fromEntries(documented.map(({ name, cells }) => [name, cells[2]]))).toEqual({
    enabled: 'true',
    ...Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, written(value)])),
    requestHook: '–',
    responseHook: '–',
  });
  expect(documented.map(({ cells }) => cells[0]).filter((variable) => variable !== '–')).toEqual(
    ENVIRONMENT_VARIABLES,
  );
});

it('documents each warning', () => {
  const source = readFileSync(path.join(__dirname, 'warnings.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '(PG_OTEL_\w+)'/gm)].map(([, code]) => code as string);
  const documented = rowsOf(page('warnings')).map(({ name }) => name);

  expect(codes.length).toBeGreaterThan(10);
  expect(documented).toEqual(expect.arrayContaining(codes));
});
