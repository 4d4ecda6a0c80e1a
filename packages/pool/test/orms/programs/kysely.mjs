import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { POOL, playStory, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, ...POOL });
const db = new Kysely({ dialect: new PostgresDialect({ pool }) });

const operations = (tx) => ({
  insert: (name) => tx.insertInto('people').values({ name, age: 0 }).execute(),
  read: () => tx.selectFrom('people').selectAll().execute(),
  withdraw: (name) =>
    tx
      .updateTable('people')
      .set((column) => ({ age: column('age', '-', 10) }))
      .where('name', '=', name)
      .execute(),
  withdrawRaw: (name) => sql`UPDATE people SET age = age - 10 WHERE name = ${name}`.execute(tx),
});
await playStory({
  pool,
  insert: operations(db).insert,
  transaction: (work) =>
    db
      .transaction()
      .setIsolationLevel('serializable')
      .execute((tx) => work(operations(tx))),
  close: () => db.destroy(),
});
