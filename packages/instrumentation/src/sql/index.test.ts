import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { sanitizeSql, summarizeSql } from '.';
import { readableSql } from './readable';
import { sanitizeSql as sanitizeReadable } from './sanitize';

it.each([
  ['COPY people FROM STDIN;\nSECRET\t1\n\\.\n', 'COPY people FROM STDIN;', 'COPY people'],
  ["SELECT 'O' FROM \\SECRET", 'SELECT ?', 'SELECT'],
  ["SELECT 1 FROM people WHERE a = 'x\0SECRET", 'SELECT ? FROM people WHERE a = ?', 'SELECT people'],
  ["SELECT a FROM people WHERE b = 'x", 'SELECT a FROM people WHERE b = ?', 'SELECT people'],
  ["SELECT 'a\\', b FROM people", 'SELECT ?, b FROM people', 'SELECT people'],
])('%j is read only as far as it is known to be SQL', (text, sanitized, summary) => {
  expect([sanitizeSql(text), summarizeSql(text)]).toEqual([sanitized, summary]);
});

it('any text is read as far as a statement', () => {
  const part = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'\'"$-/*\\\n aEU&1.eé?;(){}[]|~^`\0\ud800\x7f\x1f') }),
    fc.constantFrom('$1', '$1a', '$a$', 'COPY a FROM stdin;', ';', ' ', 'STDIN'),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('');
      const readable = readableSql(text, { isCut: true, hasStandardStrings: true });
      expect(sanitizeSql(text)).toBe(sanitizeReadable(readable));
    }),
    fuzz(3000),
  );
});
