import fc from 'fast-check';
import { hasComment, sanitizeSql } from './sanitize';

describe('sanitizeSql', () => {
  it.each([
    ["SELECT * FROM users WHERE name = 'Ada' AND age = 36", 'SELECT * FROM users WHERE name = ? AND age = ?'],
    [
      "insert into \"t\" values (1, -2.5e3, 'x', E'\\'', $$y$$, B'1', X'F', N'n', U&'d', NULL, true, $1)",
      'insert into "t" values (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, true, $1)',
    ],
    ['SELECT a FROM t WHERE id IN (1, 2,3)', 'SELECT a FROM t WHERE id IN (?, ?,?)'],
    ["SELECT DATE '2024-01-01', interval '1' day, '5'::int", 'SELECT DATE ?, interval ? day, ?::int'],
    ["SELECT U&'d!0061' UESCAPE '!'", 'SELECT ? UESCAPE ?'],
    ['SELECT a[1:2], b[-1], t.*, 0xFF', 'SELECT a[?:?], b[?], t.*, ?'],
    ["SELECT data->>'key', data @> '{\"a\": 1}'", 'SELECT data->>?, data @> ?'],
    ['DO $$ BEGIN PERFORM secret(); END $$', 'DO ?'],
    ["CREATE USER x PASSWORD 'hunter2'", 'CREATE USER x PASSWORD ?'],
    ['SELECT\t"it\'s"  ,\n  1', 'SELECT\t"it\'s"  ,\n  ?'],
    ["SELECT 'a'\n  'b'", 'SELECT ?'],
  ])('makes literals placeholders in %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it.each([
    ['WHERE a = -1', 'WHERE a = ?'],
    ['WHERE a=-1', 'WHERE a=?'],
    ['SELECT -1, (-2), ARRAY[-3]', 'SELECT ?, (?), ARRAY[?]'],
    ['BETWEEN -1 AND -2', 'BETWEEN ? AND ?'],
    [
      'SELECT a -1, a-1, (a)-1, a[1]-1, 2-1, $1-1, "a"-1',
      'SELECT a -?, a-?, (a)-?, a[?]-?, ?-?, $1-?, "a"-?',
    ],
    ['SELECT a - -1', 'SELECT a - ?'],
    ['SELECT a /* c */-1', 'SELECT a -?'],
    ['SELECT /* c */-1', 'SELECT ?'],
    ['SELECT - 1, +1', 'SELECT - ?, +?'],
    ['SELECT -1::int', 'SELECT -?::int'],
    ['SELECT t.* -1', 'SELECT t.* -?'],
    ['SELECT t.then -1', 'SELECT t.then -?'],
    ['SELECT a @-1', 'SELECT a @-?'],
  ])('takes a minus with its number only as a sign: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it.each([
    ['SELECT 1 -- trailing', 'SELECT ?'],
    ['SELECT 1 /* trailing */ ', 'SELECT ?'],
    ['/* leading */ SELECT a', 'SELECT a'],
    ['-- leading\nSELECT a', 'SELECT a'],
    ['SELECT/**/a', 'SELECT a'],
    ['SELECT a/* 1 *//* 2 */FROM t', 'SELECT a FROM t'],
    ['SELECT a -- one\n  -- two\n  FROM t', 'SELECT a FROM t'],
    ['SELECT a\n  -- alone\n  FROM t', 'SELECT a\n  FROM t'],
    ['SELECT \'/* none */\', "-- none"', 'SELECT ?, "-- none"'],
    ['a-/**/-b', 'a- -b'],
    ['a//**/*b', 'a/ *b'],
    ["E/**/'x'", 'E ?'],
    ['-- only', ''],
    ['SELECT a /* open', 'SELECT a'],
  ])('removes comments and joins no tokens: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it.each([
    ["SELECT 'secret", 'SELECT ?'],
    ["SELECT 'it''s secret", 'SELECT ?'],
    ["SELECT E'secret\\'", 'SELECT ?'],
    ['SELECT $x$ secret $x', 'SELECT ?'],
    ["SELECT \"a FROM t WHERE x = 'secret'", 'SELECT ?'],
    ['SELECT U&"a FROM', 'SELECT ?'],
    ["SELECT 'a' 'secret", 'SELECT ? ?'],
  ])('ends what is left open with the text: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it('returns a text without literals and comments itself', () => {
    const text = 'SELECT * FROM t WHERE id = $1 AND x = ? ';
    expect(sanitizeSql(text)).toBe(text);
  });

  it.each(['', ' ', '\0', '\ud800', '\udc00x', ';;;', "'", '"', '$', '$$', '\\', '?'])('takes %j', (text) => {
    expect(typeof sanitizeSql(text)).toBe('string');
  });
});

describe('sanitizeSql on any text', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'\'"$-/*\\\n aEU&1.eé?;()\0\ud800') }),
  );

  it('never makes it longer', () => {
    fc.assert(fc.property(anyText, (text) => sanitizeSql(text).length <= text.length));
  });

  it('leaves nothing to do for a second time', () => {
    fc.assert(
      fc.property(anyText, (text) => sanitizeSql(sanitizeSql(text)) === sanitizeSql(text)),
      { numRuns: 1000 },
    );
  });
});

describe('hasComment', () => {
  it.each(['SELECT 1 -- x', '/* x */ SELECT', 'SELECT 1 /* open', '--'])('finds the one in %j', (text) => {
    expect(hasComment(text)).toBe(true);
  });

  it.each(['SELECT 1 - 2', "SELECT '-- x /* y */'", 'SELECT "--"', '$$ -- $$', ''])(
    'finds none in %j',
    (text) => {
      expect(hasComment(text)).toBe(false);
    },
  );
});
