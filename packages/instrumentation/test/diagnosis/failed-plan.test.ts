import pg from 'pg';
import { OpenSideConnection } from '../../src/diagnosis/side-connection';
import type { PgClient } from '../../src/drivers/node-postgres/pg';
import { sessionOf } from '../../src/drivers/node-postgres/session';
import { timers } from '../../src/node/timers';
import { type Instrumented, startInstrumented } from '../in-process/instrumented';
import { planWhileExecuting } from './executing';

let shop: Instrumented;
let client: pg.Client;
let side: OpenSideConnection;

beforeAll(async () => {
  shop = await startInstrumented();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
  await client.query(`
    CREATE TABLE orders WITH (fillfactor = 10) AS
      SELECT id, repeat('x', 100) AS note FROM generate_series(1, 20000) id;
    CREATE FUNCTION sleeps() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN PERFORM pg_sleep(60); RETURN 1; END';
    ANALYZE`);
  const like = client as unknown as PgClient;
  side = (await OpenSideConnection.like(like, sessionOf(like)?.peer, timers)) as OpenSideConnection;
});

afterAll(async () => {
  side.close();
  await client.end();
  await shop.stop();
});

it('a plan that fails when the statement is prepared already leaves nothing on the connection', async () => {
  const statement = 'SELECT * FROM orders WHERE id = sleeps()';
  const lockedBy = 'SELECT FROM orders LIMIT 1';
  expect(await planWhileExecuting(side, client, statement, { lockedBy })).toBeUndefined();
  const left = 'SELECT count(*), now() = statement_timestamp() FROM pg_prepared_statements';
  expect(await side.ask(left)).toEqual([[['0', 't']]]);
  const next = await planWhileExecuting(side, client, 'SELECT * FROM orders');
  expect(next?.sentence).toContain('rows (32 MB) of `orders`');
});
