/** Every keyword of the server that its grammar takes for a name, where values of settings come later. */
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';
import { loadModule } from 'libpg-query';
import pg from 'pg';
import { judgeSanitized } from './judge-sanitized';
import { parse } from './parse-tree';

let server: PostgresServer;
let keywords: string[];

beforeAll(async () => {
  await loadModule();
  server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query('SELECT word FROM pg_get_keywords()');
  keywords = rows.map(({ word }) => word);
  await client.end();
});
afterAll(() => server.stop());

it('are several hundred', () => {
  expect(keywords.length).toBeGreaterThan(450);
});

it.each([
  'ALTER ROLE _ SET app.token TO hunter2',
  'ALTER USER _ SET app.token TO hunter2',
  'ALTER ROLE a IN DATABASE _ SET app.token TO hunter2',
  'ALTER DATABASE _ SET app.token TO hunter2',
  'ALTER FUNCTION _ SET app.token TO hunter2',
  'ALTER FUNCTION s._(int) SET app.token TO hunter2',
  'ALTER SYSTEM SET _ TO hunter2',
  'ALTER SYSTEM SET app._ TO hunter2',
  'SET _ TO hunter2',
  'SET app.a TO _, hunter2',
  'SET TIME ZONE hunter2; SET _.a = hunter2',
  "CREATE FUNCTION f(_ int) RETURNS int SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f(_ int = 1) RETURNS int SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f(a _) RETURNS int SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS _ SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS _.b%TYPE SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS a.b%TYPE SET _ TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS int SET _ FROM CURRENT SET b TO hunter2 AS 'a' LANGUAGE sql",
  'ALTER FUNCTION f RESET _ SET app.token TO hunter2',
  "CREATE FUNCTION f() RETURNS SETOF _ SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS TABLE (_ int) SET app.token TO hunter2 AS 'a' LANGUAGE sql",
  "CREATE FUNCTION f() RETURNS int LANGUAGE _ SET app.token TO hunter2 AS 'a'",
  "CREATE FUNCTION f() RETURNS int SUPPORT _ SET app.token TO hunter2 AS 'a'",
  "CREATE FUNCTION f() RETURNS int TRANSFORM FOR TYPE _ SET app.token TO hunter2 AS 'a'",
  "CREATE FUNCTION f() RETURNS int SET a TO _ SET app.token TO hunter2 AS 'a'",
  'CREATE PROCEDURE _() SET app.token TO hunter2 BEGIN ATOMIC UPDATE t SET a = b; END',
  'CREATE PROCEDURE f(_ int) SET app.token TO hunter2 BEGIN ATOMIC UPDATE t SET a = b; END',
  "CREATE ROLE _ PASSWORD 'hunter2' LOGIN",
  "ALTER USER _ VALID UNTIL 'hunter2' LOGIN",
  "CREATE ROLE a IN ROLE _ PASSWORD 'hunter2' LOGIN",
  "CREATE USER MAPPING FOR _ SERVER b OPTIONS (password 'hunter2')",
  "CREATE USER MAPPING FOR a SERVER _ OPTIONS (password 'hunter2')",
  "CREATE USER MAPPING FOR a SERVER b OPTIONS (_ 'hunter2')",
  "CREATE SERVER _ FOREIGN DATA WRAPPER a OPTIONS (password 'hunter2')",
  "CREATE FOREIGN TABLE _ (a int OPTIONS (b 'hunter2')) SERVER c OPTIONS (d 'hunter2')",
  "CREATE SUBSCRIPTION _ CONNECTION 'hunter2' PUBLICATION p",
  "CREATE SUBSCRIPTION a CONNECTION 'hunter2' PUBLICATION _ WITH (enabled)",
  "COMMENT ON TYPE _ IS 'hunter2'",
  "COMMENT ON COLUMN _.a IS 'hunter2'",
  "COMMENT ON FUNCTION _(int) IS 'hunter2'",
  "SECURITY LABEL FOR _ ON TABLE t IS 'hunter2'",
  "COPY _ FROM PROGRAM 'hunter2' CSV",
])('%s', (statement) => {
  const texts = keywords
    .map((keyword) => statement.replace('_', keyword))
    .filter((text) => parse(text) !== undefined);
  expect(texts.length).toBeGreaterThan(300);
  const wrong = texts.map((text) => [text, judgeSanitized(text)] as const);
  expect(wrong.filter(([, { status }]) => status === 'wrong' || status === 'rejected')).toEqual([]);
});
