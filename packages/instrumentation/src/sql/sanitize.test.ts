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
  ])('replaces literals in %j', (text, expected) => {
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
  ])('removes a minus with its number only if it is a sign: %j', (text, expected) => {
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
  ])('ends open tokens with the text: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it('returns a text without literals and comments itself', () => {
    const text = 'SELECT * FROM t WHERE id = $1 AND x = ? ';
    expect(sanitizeSql(text)).toBe(text);
  });

  it.each(['', ' ', '\0', '\ud800', '\udc00x', ';;;', "'", '"', '$', '$$', '\\', '?'])(
    'accepts %j',
    (text) => {
      expect(typeof sanitizeSql(text)).toBe('string');
    },
  );
});

describe('sanitizeSql, values without quotes', () => {
  it.each([
    ['SET app.token TO hunter2SECRET', 'SET app.token TO ?'],
    ['set app.token = "hunter2 SECRET"', 'set app.token = ?'],
    ['SET LOCAL app.token=hunter2', 'SET LOCAL app.token=?'],
    ['SET SESSION search_path TO app, "Public"', 'SET SESSION search_path TO ?, ?'],
    ['SET TIME ZONE Mars', 'SET TIME ZONE ?'],
    ["SET TIME ZONE INTERVAL '1' HOUR TO MINUTE", 'SET TIME ZONE INTERVAL ? HOUR TO MINUTE'],
    ['SET search_path TO interval, hunter2', 'SET search_path TO ?, ?'],
    ['ALTER ROLE begin SET app.token TO hunter2', 'ALTER ROLE begin SET app.token TO ?'],
    ['ALTER DATABASE return SET app.token TO hunter2', 'ALTER DATABASE return SET app.token TO ?'],
    ['ALTER USER mapping SET app.token TO hunter2', 'ALTER USER mapping SET app.token TO ?'],
    ['ALTER USER replace SET app.token TO hunter2', 'ALTER USER replace SET app.token TO ?'],
    [
      "CREATE FUNCTION s.begin(set int = 1) RETURNS SETOF set LANGUAGE return SET a TO begin SET b TO c AS 'd'",
      'CREATE FUNCTION s.begin(set int = ?) RETURNS SETOF set LANGUAGE return SET a TO ? SET b TO ? AS ?',
    ],
    [
      'CREATE PROCEDURE p() SET app.token TO hunter2 BEGIN ATOMIC UPDATE t SET a = b; END',
      'CREATE PROCEDURE p() SET app.token TO ? BEGIN ATOMIC UPDATE t SET a = b; END',
    ],
    ["COMMENT ON TYPE is IS 'secret'", 'COMMENT ON TYPE is IS ?'],
    [
      'CREATE OR REPLACE TRIGGER execute AFTER INSERT ON t FOR EACH ROW WHEN (new.a > 1) EXECUTE FUNCTION s.f(hunter2, \'a\', 5, "b")',
      'CREATE OR REPLACE TRIGGER execute AFTER INSERT ON t FOR EACH ROW WHEN (new.a > ?) EXECUTE FUNCTION s.f(?, ?, ?, ?)',
    ],
    [
      'CREATE CONSTRAINT TRIGGER a AFTER UPDATE OF execute ON t DEFERRABLE FOR EACH ROW EXECUTE PROCEDURE f(hunter2)',
      'CREATE CONSTRAINT TRIGGER a AFTER UPDATE OF execute ON t DEFERRABLE FOR EACH ROW EXECUTE PROCEDURE f(?)',
    ],
    ['SET LOCAL TIME ZONE "Mars"; SET a = b', 'SET LOCAL TIME ZONE ?; SET a = ?'],
    ['ALTER SYSTEM SET app.token = hunter2', 'ALTER SYSTEM SET app.token = ?'],
    [
      'ALTER ROLE ada IN DATABASE shop SET app.token TO hunter2',
      'ALTER ROLE ada IN DATABASE shop SET app.token TO ?',
    ],
    ['ALTER USER ALL SET app.token TO hunter2', 'ALTER USER ALL SET app.token TO ?'],
    ['ALTER DATABASE shop SET app.token TO hunter2', 'ALTER DATABASE shop SET app.token TO ?'],
    [
      'ALTER FUNCTION f(a int) SET app.token TO hunter2, more STABLE',
      'ALTER FUNCTION f(a int) SET app.token TO ?, ? STABLE',
    ],
    [
      'CREATE OR REPLACE FUNCTION f(a int = 3) RETURNS int SET app.token = hunter2 SET b FROM CURRENT RETURN a = c',
      'CREATE OR REPLACE FUNCTION f(a int = ?) RETURNS int SET app.token = ? SET b FROM CURRENT RETURN a = c',
    ],
    [
      "CREATE USER MAPPING FOR ada SERVER s OPTIONS (user 'ada', password 'hunter2')",
      'CREATE USER MAPPING FOR ada SERVER s OPTIONS (user ?, password ?)',
    ],
    [
      "CREATE SUBSCRIPTION s CONNECTION 'password=x' PUBLICATION p",
      'CREATE SUBSCRIPTION s CONNECTION ? PUBLICATION p',
    ],
    [
      "SELECT * FROM dblink('password=x', $$ SELECT 1 $$) AS t(a int)",
      'SELECT * FROM dblink(?, ?) AS t(a int)',
    ],
    ["COPY t FROM PROGRAM 'curl secret' CSV", 'COPY t FROM PROGRAM ? CSV'],
    [
      'CREATE SCHEMA s CREATE TABLE t (a int) CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION public.f(hunter2) CREATE VIEW v AS SELECT a FROM t WHERE a = 1',
      'CREATE SCHEMA s CREATE TABLE t (a int) CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION public.f(?) CREATE VIEW v AS SELECT a FROM t WHERE a = ?',
    ],
    [
      'CREATE SCHEMA AUTHORIZATION role CREATE TRIGGER r AFTER DELETE ON t EXECUTE PROCEDURE f(hunter2) GRANT CREATE ON TABLE t TO ada',
      'CREATE SCHEMA AUTHORIZATION role CREATE TRIGGER r AFTER DELETE ON t EXECUTE PROCEDURE f(?) GRANT CREATE ON TABLE t TO ada',
    ],
    [
      'CREATE AGGREGATE initcond (text) (SFUNC = textcat, STYPE = text, INITCOND = hunter2, MINITCOND=a.b)',
      'CREATE AGGREGATE initcond (text) (SFUNC = textcat, STYPE = text, INITCOND = ?, MINITCOND=?)',
    ],
    [
      'CREATE OR REPLACE AGGREGATE s.a (*) (SFUNC = f, "initcond" = hunter2 . b, STYPE = numeric(10, 2))',
      'CREATE OR REPLACE AGGREGATE s.a (*) (SFUNC = f, "initcond" = ?, STYPE = numeric(?, ?))',
    ],
    [
      'CREATE TYPE t (INPUT = f, OUTPUT = g, DEFAULT = hunter2)',
      'CREATE TYPE t (INPUT = f, OUTPUT = g, DEFAULT = ?)',
    ],
    [
      'COPY t TO STDOUT WITH (NULL hunter2, FORMAT csv, FORCE_QUOTE (quote, a), DEFAULT x)',
      'COPY t TO STDOUT WITH (NULL ?, FORMAT csv, FORCE_QUOTE (quote, a), DEFAULT ?)',
    ],
    [
      'COPY role (quote, "null") FROM STDIN (delimiter x, "null" hunter2) WHERE a IS NULL AND b = c',
      'COPY role (quote, "null") FROM STDIN (delimiter ?, "null" ?) WHERE a IS NULL AND b = c',
    ],
    [
      "COPY t TO STDOUT DELIMITER AS '|' NULL AS 'hunter2' CSV FORCE QUOTE a, b",
      'COPY t TO STDOUT DELIMITER AS ? NULL AS ? CSV FORCE QUOTE a, b',
    ],
    ["SECURITY LABEL FOR p ON TABLE t IS 'secret'", 'SECURITY LABEL FOR p ON TABLE t IS ?'],
    ["COMMENT ON COLUMN t.a IS 'secret'", 'COMMENT ON COLUMN t.a IS ?'],
    [
      "ALTER ROLE ada PASSWORD 'x' VALID UNTIL 'infinity' LOGIN",
      'ALTER ROLE ada PASSWORD ? VALID UNTIL ? LOGIN',
    ],
  ])('are replaced where the server reads them as strings: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it.each([
    ['SET app.token TO hunter2-SECRET!', 'SET app.token TO ?'],
    ['SET app.token = a /* b */ c, d', 'SET app.token = ?, ?'],
    ['ALTER ROLE ada PASSWORD hunter2', 'ALTER ROLE ada PASSWORD ?'],
    ['CREATE USER password PASSWORD "hunter2!" LOGIN', 'CREATE USER password PASSWORD ? LOGIN'],
    ['CREATE ROLE ada PASSWORD hunter2!SECRET LOGIN', 'CREATE ROLE ada PASSWORD ? LOGIN'],
    [
      'CREATE USER MAPPING FOR ada SERVER s OPTIONS (ADD password hunter2 SECRET, DROP user)',
      'CREATE USER MAPPING FOR ada SERVER s OPTIONS (ADD password ?, DROP user)',
    ],
    ['ALTER SERVER s OPTIONS (SET password = hunter2)', 'ALTER SERVER s OPTIONS (SET password = ?)'],
    [
      'CREATE SUBSCRIPTION s CONNECTION "password=x" PUBLICATION p',
      'CREATE SUBSCRIPTION s CONNECTION ? PUBLICATION p',
    ],
    ['COPY t FROM PROGRAM curl', 'COPY t FROM PROGRAM ?'],
    ['COPY t TO STDOUT NULL AS hunter2 CSV', 'COPY t TO STDOUT NULL AS ? CSV'],
    ['COPY t TO STDOUT USING DELIMITERS hunter2', 'COPY t TO STDOUT USING DELIMITERS ?'],
    ['COMMENT ON TABLE t IS all of it', 'COMMENT ON TABLE t IS ?'],
  ])('are replaced where quotes are missing: %j', (text, expected) => {
    expect(sanitizeSql(text)).toBe(expected);
  });

  it.each([
    'SET app.token TO DEFAULT',
    'SET enable_seqscan = off, on, TRUE, false',
    'SET TIME ZONE LOCAL',
    'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SET ROLE reader',
    'SET SESSION AUTHORIZATION reader',
    'SET CONSTRAINTS ALL DEFERRED',
    'SET search_path FROM CURRENT',
    'ALTER TABLE t ALTER COLUMN a SET DEFAULT b = c',
    'ALTER ROLE ada RENAME TO grace',
    'ALTER ROLE ada PASSWORD NULL',
    'COMMENT ON TABLE t IS NULL',
    'UPDATE t SET a = b, c = d WHERE e = f',
    'INSERT INTO t VALUES ($1) ON CONFLICT DO UPDATE SET a = b',
    'CREATE RULE r AS ON UPDATE TO t DO ALSO UPDATE u SET a = b',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC UPDATE t SET a = b; SELECT c; END',
    'CREATE VIEW v AS SELECT options (a) FROM t WHERE password IS NOT NULL',
    'COPY (SELECT a FROM program) TO STDOUT',
    'COPY (SELECT a, escape FROM t WHERE a IS NULL) TO STDOUT',
    'COPY escape FROM STDIN CSV FORCE NOT NULL a, b FORCE NULL c',
    'CREATE TYPE t AS (a text, delimiter text)',
    'CREATE SCHEMA create_me CREATE TABLE t (a text DEFAULT null)',
    'CREATE TABLE connection (password text, until int)',
  ])('in other places are kept: %j', (text) => {
    expect(sanitizeSql(text)).toBe(text);
  });
});

describe('hasComment', () => {
  it.each(['SELECT 1 -- x', '/* x */ SELECT', 'SELECT 1 /* open', '--'])(
    'finds the comment in %j',
    (text) => {
      expect(hasComment(text)).toBe(true);
    },
  );

  it.each(['SELECT 1 - 2', "SELECT '-- x /* y */'", 'SELECT "--"', '$$ -- $$', ''])(
    'finds none in %j',
    (text) => {
      expect(hasComment(text)).toBe(false);
    },
  );
});
