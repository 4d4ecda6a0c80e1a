import { sanitizeSql, summarizeSql } from '.';
import { certainPart, readableSql } from './readable';

const standard = { isCut: false, hasStandardStrings: true };
const unknown = { isCut: false, hasStandardStrings: false };
const cut = { isCut: true, hasStandardStrings: true };

it.each([
  "SELECT 'a', E'it\\'s', $$it's$$, U&'\\0041' UESCAPE '!', \"o'clock\" -- it's\n, /* it's /* nested */ */ 1",
  "SELECT 'C:\\new', n'\\'",
  'COPY t FROM STDIN',
  'COPY t TO STDOUT; SELECT 1',
  "COPY t FROM '/tmp/rows'; SELECT 1",
  'SELECT stdin FROM copy; SELECT 1',
  '',
  ';;',
])('%s is read to its end', (text) => expect(readableSql(text, standard)).toBe(text));

it.each([
  ["SELECT * FROM people WHERE name = 'O'Brien SECRET'", 'SELECT * FROM people WHERE name = ?'],
  ["SELECT 1, 'a' FROM t WHERE name = 'SECRET", 'SELECT 1, ?'],
  ["SELECT 'O' FROM \"SECRET'", 'SELECT ?'],
  ["SELECT 'O' FROM SECRET /* '", 'SELECT ?'],
  ['SELECT $a$ SECRET $b$', 'SELECT ?'],
])('%s leaves something open, and ends with its first string', (text, readable) => {
  expect(readableSql(text, standard)).toBe(readable);
});

it('a text that was cut may end anywhere', () => {
  const text = "SELECT 'a', 'b";
  expect(readableSql(text, cut)).toBe(text);
});

it.each([
  ['\\copy t from SECRET', ''],
  ['SELECT 1 \\g SECRET', 'SELECT 1 '],
  ["SELECT 'a' \\gset SECRET", 'SELECT ?'],
  ['SELECT 1 \0 SECRET', 'SELECT 1 '],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that was quoted as if it were a string
  ['SELECT * FROM t WHERE a = ${SECRET}', 'SELECT * FROM t WHERE a = '],
])('%j ends at a character that is not part of SQL', (text, readable) => {
  expect(readableSql(text, standard)).toBe(readable);
});

it.each([
  ['COPY t FROM STDIN;\nSECRET\tSECRET\n\\.\n', 'COPY t FROM STDIN;'],
  [
    'SELECT 1; copy t (a, b) from /* */ stdin (FORMAT csv); SECRET',
    'SELECT 1; copy t (a, b) from /* */ stdin (FORMAT csv);',
  ],
  ['COPY BINARY t FROM stdin WITH BINARY ; SECRET', 'COPY BINARY t FROM stdin WITH BINARY ;'],
  [
    'COPY t FROM STDIN WHERE a IS DISTINCT FROM b;\nSECRET\tSECRET\n',
    'COPY t FROM STDIN WHERE a IS DISTINCT FROM b;',
  ],
])('%s ends before the rows', (text, readable) => {
  expect(readableSql(text, standard)).toBe(readable);
});

describe('without standard_conforming_strings', () => {
  it.each([
    ["SELECT 'a', 'b\\' FROM SECRET --' FROM t", "SELECT 'a', ?"],
    ["SELECT n'\\' , SECRET --'", 'SELECT ?'],
    ["SELECT 'a'\n'\\' SECRET --'", 'SELECT ?'],
  ])('%s ends with the first string that may continue', (text, readable) => {
    expect(readableSql(text, unknown)).toBe(readable);
  });

  it('strings that the setting does not affect stay', () => {
    const text = "SELECT E'\\'', $$\\$$, \"\\\", 'a', 1 FROM t";
    expect(readableSql(text, unknown)).toBe(text);
  });
});

it('the part before the first string of a text contains no data', () => {
  expect(certainPart("INSERT INTO t SELECT 'O' FROM SECRET'")).toBe('INSERT INTO t SELECT ');
  expect(certainPart('SELECT 1 FROM t')).toBe('SELECT 1 FROM t');
});

it.each([
  ['COPY t FROM STDIN\nSECRET\tx\n', 'COPY t FROM STDIN'],
  ['SELECT 1; copy t (a) from /* */ stdin CSV\nSECRET', 'SELECT 1; copy t (a) from /* */ stdin'],
  ['COPY t TO STDOUT; SELECT stdin FROM stdin', 'COPY t TO STDOUT; SELECT stdin FROM stdin'],
])('the certain part of %j ends before rows that follow without a semicolon', (text, part) => {
  expect(certainPart(text)).toBe(part);
});

it('the readable part is sanitised and summarised like any other text', () => {
  const readable = readableSql("SELECT a FROM t WHERE b = 1 AND c = 'O'Brien'", standard);
  expect(sanitizeSql(readable)).toBe('SELECT a FROM t WHERE b = ? AND c = ?');
  expect(summarizeSql(readable)).toBe('SELECT t');
});
