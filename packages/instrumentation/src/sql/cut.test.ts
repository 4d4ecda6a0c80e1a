/** Properties of sanitizeSql and summarizeSql for cut, hostile and huge texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { sanitizeSql, summarizeSql } from '.';

/** Stands in every literal and comment of these statements, and nowhere else. */
const secret = 'ж';
const statement = fc
  .array(
    fc.constantFrom(
      'SELECT a.b FROM t JOIN "u v" ON',
      'INSERT INTO t (a, b) VALUES (',
      'UPDATE t SET x =',
      'WITH c AS (',
      'SET x TO',
      'COMMENT ON TABLE t IS',
      'CREATE TABLE t (a int DEFAULT',
      ')',
      ',',
      ';',
      '= ANY (',
      'AND e',
      `'${secret}'`,
      `'${secret}''${secret}'`,
      `'${secret}'\n'${secret}'`,
      `E'\\'${secret}\\\\'`,
      `N'${secret}'`,
      `U&'${secret}' UESCAPE '${secret}'`,
      `B'${secret}'`,
      `$$${secret}$$`,
      `$tag$${secret}$ $$ ' ${secret}$tag$`,
      `/* ${secret} /* ${secret} */ ' ${secret} */`,
      `-- ${secret} ' ${secret}\n`,
    ),
    { minLength: 1, maxLength: 15 },
  )
  .map((parts) => parts.join(' '));

describe('a text that is cut anywhere', () => {
  it('discloses no part of a literal or comment', () => {
    fc.assert(
      fc.property(statement, fc.nat(300), (text, at) => {
        const cut = text.slice(0, at);
        expect(sanitizeSql(cut)).not.toContain(secret);
        expect(summarizeSql(cut)).not.toContain(secret);
      }),
      fuzz(5000),
    );
  });

  const corpus = join(__dirname, 'corpus');
  it.each(readdirSync(corpus))('is sanitised as in %s up to the token that is cut', (file) => {
    const text = readFileSync(join(corpus, file), 'utf8').slice(0, 6000);
    const whole = sanitizeSql(text);
    for (let at = 0; at < text.length; at += 3) {
      const cut = sanitizeSql(text.slice(0, at));
      // The result may differ at the cut: in a word, a sign before its number, or white space before a comment.
      const known = cut.slice(0, cut.search(/[^\w$]*[\w$?]*[^\w$]*$/));
      if (!whole.startsWith(known))
        throw new Error(`${known}\nis not how the whole begins: ${whole.slice(0, at)}`);
    }
  });
});

/** How many characters a function reads, including repeated reads of the same character. */
function charactersRead(run: () => void): number {
  const { charCodeAt, indexOf } = String.prototype;
  let read = 0;
  String.prototype.charCodeAt = function (at) {
    read++;
    return charCodeAt.call(this, at);
  };
  String.prototype.indexOf = function (searched, from = 0) {
    const found = indexOf.call(this, searched, from);
    read += (found === -1 ? this.length : found) - from;
    return found;
  };
  try {
    run();
  } finally {
    Object.assign(String.prototype, { charCodeAt, indexOf });
  }
  return read;
}

const hostile = [
  '/*',
  '*/',
  '/**/',
  '--',
  '-- \n',
  '$',
  '$$',
  '$a$b$',
  `$${'a'.repeat(5000)}`,
  `$${'a'.repeat(5000)}$ `,
  "'",
  "''",
  "' \n",
  "'a' --\n ",
  "E'\\",
  "B'",
  'U&',
  '"',
  'U&"a" UESCAPE ',
  '(',
  ')',
  '((a',
  '[',
  '{',
  '+',
  '-',
  '+-',
  '*',
  '<=',
  '@-',
  '.',
  '..',
  'a.',
  '1',
  '1.',
  '1_',
  '-1 ',
  '1e',
  '0x',
  'a',
  'a ',
  'é',
  '\0',
  '\ud800',
  ';',
  ',',
  '?',
  ':',
  '::',
  'SELECT ',
  'SELECT (',
  'SELECT 1 FROM a;',
  '(SELECT ',
  ' FROM (',
  ' FROM a,',
  '(a JOIN ',
  'WITH a AS (',
  'WITH RECURSIVE a AS (',
  ',a AS (),',
  'UNION ',
  '(SELECT 1 UNION ',
  'VALUES ',
  '(VALUES ',
  ' ON CONFLICT',
  ' ON CONFLICT (',
  'INSERT INTO a (',
  'INSERT INTO a WITH b AS (',
  'EXPLAIN ',
  'PREPARE a AS ',
  'CREATE ',
  'CREATE TABLE a (',
  'CREATE SCHEMA a ',
  'CREATE RULE a AS ON b TO c DO ',
  'CREATE FUNCTION a BEGIN ATOMIC ',
  'AS ',
  'DISTINCT ',
  'WITHIN GROUP',
  'CASE ',
  'MERGE INTO a USING ',
  'SEARCH ',
  'CYCLE ',
  'GRANT a ON ',
  'TABLE ',
  'ONLY (',
  'LATERAL ',
  'ROWS FROM (',
];

const beginnings = [
  '',
  'SELECT ',
  'SELECT * FROM ',
  'WITH a AS (), ',
  'CREATE TABLE t (',
  'MERGE INTO a USING ',
];

describe('a hostile text', () => {
  it.each(hostile)('of many %j is read in linear time', (unit) => {
    for (const beginning of beginnings) {
      const text = beginning + unit.repeat(20_000 / unit.length);
      expect(charactersRead(() => sanitizeSql(text))).toBeLessThan(12 * text.length);
      expect(charactersRead(() => summarizeSql(text))).toBeLessThan(30 * text.length);
    }
  });
});
