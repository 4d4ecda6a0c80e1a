import { STATEMENT_LIMIT } from '../statement';
import { StatementCache } from '../statement-cache';
import { mayChangeStrings } from './string-setting';

it.each([
  'SET standard_conforming_strings = off',
  'set session "standard_conforming_strings" to off',
  "SELECT set_config('standard_' || 'conforming_strings', 'off', false)",
  'UPDATE pg_catalog.pg_settings SET setting = $1 WHERE name = $2',
  'SELECT pg_reload_conf()',
  `SET U&"standard!005fconforming!005fstrings" UESCAPE '!' TO off`,
  'SELECT u&"set\\005fconfig"($1, $2, false)',
])('%s may change how strings are read', (text) => expect(mayChangeStrings(text)).toBe(true));

it.each([
  'SET standard_conforming_strings = on',
  'SHOW standard_conforming_strings',
  "SELECT set_config('search_path', $1, false)",
  'SELECT name FROM pg_settings',
  "SELECT U&'\\0041'",
])('%s does not change how strings are read', (text) => expect(mayChangeStrings(text)).toBe(false));

it('the whole text is searched, not only the reported part', () => {
  const text = `SELECT 1 /*${'x'.repeat(STATEMENT_LIMIT)}*/; SET standard_conforming_strings = off`;
  expect(new StatementCache().get(text, true).changesStrings).toBe(true);
});
