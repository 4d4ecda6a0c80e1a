import { summarizeSql } from './summarize';

describe('summarizeSql', () => {
  it.each([
    // The examples of the conventions
    ['SELECT * FROM wuser_table WHERE username = ?', 'SELECT wuser_table'],
    [
      'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = ?',
      'INSERT shipping_details SELECT orders',
    ],
    ['SELECT * FROM songs, artists WHERE songs.artist_id = artists.id', 'SELECT songs artists'],
    [
      'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id)',
      'SELECT SELECT orders customers',
    ],
    ['SELECT * FROM "song list", artists', 'SELECT "song list" artists'],
    ['call some_stored_procedure(1)', 'call some_stored_procedure'],
  ])('follows the conventions: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it.each([
    ['Select * From "Users" u, PUBLIC.orders', 'Select "Users" PUBLIC.orders'],
    ['SELECT * FROM public . "T" /* x */ . c', 'SELECT public."T".c'],
    ['SELECT * FROM U&"d!0061ta" UESCAPE \'!\' WHERE a = 1', 'SELECT U&"d!0061ta"'],
    ['SELECT 1', 'SELECT'],
    ['SELECT * FROM a AS x LEFT JOIN b y ON x.i = y.i CROSS JOIN c NATURAL JOIN d', 'SELECT a b c d'],
    ['SELECT * FROM a, LATERAL (SELECT * FROM b) l, ONLY c, ONLY (d), e *', 'SELECT a SELECT b c d e'],
    ['SELECT * FROM generate_series(1, 3) g, ROWS FROM (f(1), g(2)) r, s.f() x', 'SELECT'],
    ['SELECT * FROM a UNION ALL SELECT * FROM b EXCEPT (SELECT * FROM a)', 'SELECT a SELECT b SELECT a'],
    [
      'SELECT (SELECT max(x) FROM b) FROM a WHERE EXISTS (SELECT 1 FROM c) AND i IN (SELECT i FROM d)',
      'SELECT SELECT b a SELECT c SELECT d',
    ],
    [
      'SELECT EXTRACT(year FROM x), substring(y from 1 for 2), trim(both from z), a IS DISTINCT FROM b FROM t',
      'SELECT t',
    ],
    ['SELECT a AS from, b AS "from", t.from FROM t', 'SELECT t'],
    ['SELECT * FROM current_date, rows, key', 'SELECT rows key'],
    ['SELECT * INTO TEMP copy FROM t', 'SELECT copy t'],
    ['SELECT * FROM t FOR UPDATE OF t', 'SELECT t'],
    ['SELECT DISTINCT ON (a) b FROM t', 'SELECT t'],
    ['SELECT rank(1) WITHIN GROUP (ORDER BY x) FROM t', 'SELECT t'],
    ['TABLE t', 'TABLE t'],
    ['VALUES (1), (2)', 'VALUES'],
    ['SELECT * FROM (VALUES (1)) v JOIN t USING (i)', 'SELECT VALUES t'],
    ['(SELECT 1 FROM a)', 'SELECT a'],
  ])('contains the operations and relations of queries: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it.each([
    ['WITH x AS (SELECT * FROM orders) SELECT * FROM x JOIN y ON true', 'SELECT orders SELECT y'],
    ['WITH orders AS (SELECT * FROM orders) SELECT * FROM orders', 'SELECT orders SELECT'],
    [
      'WITH x AS (SELECT 1 FROM a), "X" AS (SELECT 2 FROM b) SELECT * FROM X, "X", "x", s.x',
      'SELECT a SELECT b SELECT s.x',
    ],
    [
      'WITH RECURSIVE t AS (SELECT 1 FROM a UNION ALL SELECT n FROM t, b) SELECT * FROM t',
      'SELECT a SELECT b SELECT',
    ],
    [
      'WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT * FROM c) SELECT * FROM a',
      'SELECT SELECT c SELECT',
    ],
    ['WITH d AS (DELETE FROM t RETURNING *) INSERT INTO log SELECT * FROM d', 'DELETE t INSERT log SELECT'],
    ['SELECT * FROM (WITH x AS (SELECT 1 FROM a) SELECT * FROM x) s, x', 'SELECT SELECT a SELECT x'],
    ['WITH x AS (SELECT 1 FROM a) INSERT INTO x SELECT * FROM x', 'SELECT a INSERT x SELECT'],
    ['WITH U&"d\\0061ta" AS (SELECT 1) SELECT * FROM data', 'SELECT SELECT'],
  ])('leaves out references to common table expressions: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it.each([
    [
      "INSERT INTO t (a, b) VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = 2 RETURNING *",
      'INSERT t',
    ],
    ['INSERT INTO t SELECT * FROM a JOIN b ON a.i = b.i ON CONFLICT DO NOTHING', 'INSERT t SELECT a b'],
    ['INSERT INTO t SELECT * FROM a JOIN b ON conflict = 1, c', 'INSERT t SELECT a b c'],
    ['INSERT INTO t (SELECT * FROM a)', 'INSERT t SELECT a'],
    [
      'INSERT INTO t WITH c AS (SELECT 1) SELECT 2 ON CONFLICT (i) DO UPDATE SET x = (SELECT 3 FROM c)',
      'INSERT t SELECT SELECT SELECT c',
    ],
    ['INSERT INTO t DEFAULT VALUES', 'INSERT t'],
    ['INSERT INTO t VALUES ((SELECT 1 FROM a))', 'INSERT t SELECT a'],
    ['UPDATE ONLY t AS x SET a = 1, b = 2 FROM u, v WHERE x.i = u.i', 'UPDATE t u v'],
    ['UPDATE t SET (a, b) = (SELECT 1, 2 FROM u)', 'UPDATE t SELECT u'],
    ['DELETE FROM t USING u, v WHERE t.i = u.i', 'DELETE t u v'],
    [
      'MERGE INTO t USING s ON t.i = s.i WHEN MATCHED THEN UPDATE SET a = 1, b = 2 WHEN NOT MATCHED THEN INSERT (a, b) VALUES (1, 2)',
      'MERGE t s',
    ],
    [
      'MERGE INTO t USING (SELECT * FROM s) x ON CASE WHEN a THEN b END WHEN MATCHED THEN DELETE',
      'MERGE t SELECT s',
    ],
  ])('contains the modified tables: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it.each([
    [
      'CREATE TEMP TABLE IF NOT EXISTS t (a int REFERENCES u (i), LIKE v, CHECK (a LIKE b)) INHERITS (w, x)',
      'CREATE TABLE t u v w x',
    ],
    ['CREATE TABLE t PARTITION OF p FOR VALUES FROM (1) TO (2)', 'CREATE TABLE t p'],
    [
      'CREATE TABLE t (a int DEFAULT (SELECT 1 FROM x), LIKE b) AS SELECT * FROM c',
      'CREATE TABLE t SELECT x b SELECT c',
    ],
    ['create unique index concurrently if not exists i on t using btree (lower(a))', 'create index t'],
    ['CREATE OR REPLACE VIEW v (a) AS SELECT a FROM t', 'CREATE VIEW v SELECT t'],
    [
      'CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n FROM v, t',
      'CREATE VIEW v VALUES SELECT t',
    ],
    ['CREATE MATERIALIZED VIEW v AS SELECT 1 FROM t', 'CREATE MATERIALIZED VIEW v SELECT t'],
    ['CREATE FUNCTION f(a int) RETURNS int AS $$ SELECT secret $$ LANGUAGE sql', 'CREATE FUNCTION f'],
    [
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END FROM a; DELETE FROM b; END; SELECT 1 FROM c',
      'CREATE FUNCTION f SELECT a DELETE b SELECT c',
    ],
    ['CREATE TRIGGER x BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()', 'CREATE TRIGGER t'],
    ['CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f()', 'CREATE EVENT TRIGGER'],
    [
      'CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b)',
      'CREATE RULE t INSERT a DELETE b',
    ],
    ['CREATE POLICY p ON t USING (i IN (SELECT i FROM u))', 'CREATE POLICY t SELECT u'],
    [
      'CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM t GRANT SELECT ON t TO x',
      'CREATE SCHEMA s CREATE TABLE t CREATE VIEW v SELECT t GRANT t',
    ],
    ["CREATE USER app PASSWORD 'hunter2'", 'CREATE USER'],
    ["CREATE TYPE mood AS ENUM ('sad')", 'CREATE TYPE'],
    ['CREATE PUBLICATION p FOR TABLE a (x), b WHERE (y > 1), TABLES IN SCHEMA s', 'CREATE PUBLICATION a b'],
    [
      'ALTER TABLE IF EXISTS ONLY t ADD x int REFERENCES u, ADD CHECK (y) NO INHERIT, INHERIT p, NO INHERIT q',
      'ALTER TABLE t u p q',
    ],
    ['ALTER TABLE t ATTACH PARTITION p FOR VALUES IN (1)', 'ALTER TABLE t p'],
    ['ALTER TABLE t RENAME TO u', 'ALTER TABLE t'],
    ['ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b', 'ALTER TABLE'],
    ['DROP TABLE IF EXISTS a, s."B" CASCADE', 'DROP TABLE a s."B"'],
    ['DROP INDEX CONCURRENTLY i', 'DROP INDEX i'],
    ['DROP TRIGGER x ON t', 'DROP TRIGGER t'],
    ['DROP FUNCTION f(int), s.g(text)', 'DROP FUNCTION f s.g'],
    ['TRUNCATE TABLE ONLY a, b RESTART IDENTITY', 'TRUNCATE a b'],
    ["COMMENT ON TABLE t IS 'x'", 'COMMENT ON TABLE t'],
    ['GRANT SELECT, UPDATE (a) ON t, u TO app', 'GRANT t u'],
    ['REVOKE ALL ON SCHEMA s FROM app', 'REVOKE s'],
    ['GRANT admin TO app', 'GRANT'],
    ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', 'REFRESH MATERIALIZED VIEW v'],
    ['REINDEX (VERBOSE) TABLE CONCURRENTLY t', 'REINDEX TABLE t'],
    ['VACUUM (FULL, ANALYZE) t, u (a)', 'VACUUM t u'],
    ['ANALYZE', 'ANALYZE'],
    ['LOCK TABLE a, b IN SHARE MODE', 'LOCK a b'],
  ])('contains definitions: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it.each([
    ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'BEGIN'],
    ['START TRANSACTION READ ONLY', 'START TRANSACTION'],
    ['COMMIT', 'COMMIT'],
    ['SAVEPOINT sp_4711', 'SAVEPOINT'],
    ['RELEASE SAVEPOINT sp_4711', 'RELEASE'],
    ['ROLLBACK TO SAVEPOINT sp_4711', 'ROLLBACK TO'],
    ["PREPARE TRANSACTION 'id'", 'PREPARE TRANSACTION'],
    ["COMMIT PREPARED 'id'", 'COMMIT PREPARED'],
    ['DECLARE c CURSOR FOR SELECT * FROM t', 'DECLARE SELECT t'],
    ['FETCH 100 FROM c', 'FETCH'],
    ['CLOSE c', 'CLOSE'],
    ['PREPARE p (int) AS SELECT * FROM t WHERE i = $1', 'PREPARE p SELECT t'],
    ['EXECUTE p (1)', 'EXECUTE p'],
    ['DEALLOCATE p', 'DEALLOCATE'],
    ['EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM t', 'EXPLAIN SELECT t'],
    ['EXPLAIN ANALYZE (SELECT * FROM t)', 'EXPLAIN SELECT t'],
    ['COPY t (a) FROM STDIN', 'COPY t'],
    ['COPY (SELECT * FROM t) TO STDOUT', 'COPY SELECT t'],
    ["SET LOCAL app.user = 'secret'", 'SET app.user'],
    ['SET work_mem TO secret', 'SET work_mem'],
    ["SET TIME ZONE 'UTC'", 'SET TIME ZONE'],
    ['SET SESSION AUTHORIZATION secret', 'SET SESSION AUTHORIZATION'],
    ['SET ROLE secret', 'SET ROLE'],
    ['SET TRANSACTION READ ONLY', 'SET TRANSACTION'],
    ['SHOW search_path', 'SHOW search_path'],
    ['RESET ALL', 'RESET ALL'],
    ["NOTIFY jobs, 'secret'", 'NOTIFY jobs'],
    ['LISTEN jobs', 'LISTEN jobs'],
    ['UNLISTEN *', 'UNLISTEN'],
    ['DO $$ BEGIN secret; END $$', 'DO'],
    ['CALL s.p((SELECT 1 FROM t))', 'CALL s.p SELECT t'],
    ['DISCARD ALL', 'DISCARD'],
  ])('contains commands of a session: %j', (text, expected) => {
    expect(summarizeSql(text)).toBe(expected);
  });

  it('contains several statements in order', () => {
    expect(summarizeSql(';BEGIN; UPDATE a SET b = 1;; SELECT 1 FROM c ;COMMIT;')).toBe(
      'BEGIN UPDATE a SELECT c COMMIT',
    );
  });

  it.each([
    '',
    ' ',
    ';',
    'hunter2 is my password',
    "'secret'",
    '/* SELECT * FROM t */',
    '\0',
    '\ud800',
    '?',
    '$$',
  ])('is empty for %j, which is not a statement', (text) => {
    expect(summarizeSql(text)).toBe('');
  });

  it('ends before the name that would make it too long', () => {
    const names = Array.from({ length: 100 }, (_, i) => `table_${i}`);
    const summary = summarizeSql(`SELECT * FROM ${names.join(', ')}`);
    const words = summary.split(' ');
    expect(summary.length).toBeLessThanOrEqual(255);
    expect(words).toEqual(['SELECT', ...names.slice(0, words.length - 1)]);
    expect(`${summary} ${names[words.length - 1]}`.length).toBeGreaterThan(255);
  });

  it('leaves out a name that is too long, and what follows', () => {
    expect(summarizeSql(`SELECT * FROM a, "${'x'.repeat(300)}", b`)).toBe('SELECT a');
  });

  it('leaves out a quoted name that the text leaves open', () => {
    expect(summarizeSql("SELECT * FROM a, \"b WHERE x = 'secret'")).toBe('SELECT a');
  });

  it('contains sub-queries in any number of parentheses', () => {
    const depth = 50_000;
    expect(summarizeSql(`SELECT ${'('.repeat(depth)}(SELECT 1 FROM t)${')'.repeat(depth)} FROM u`)).toBe(
      'SELECT SELECT t u',
    );
  });

  it('skips queries that are nested too deeply', () => {
    const depth = 50_000;
    const text = `SELECT * FROM ${'(SELECT * FROM '.repeat(depth)}t${') x'.repeat(depth)}, u`;
    expect(summarizeSql(text)).toMatch(/^SELECT( SELECT)+$/);
    expect(summarizeSql(`SELECT * FROM ${'('.repeat(depth)}t${')'.repeat(depth)}, u`)).toBe('SELECT u');
  });
});
