import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { POOL, playStory, url } from './story.mjs';

const people = pgTable('people', {
  id: serial().primaryKey(),
  name: text().notNull(),
  age: integer().notNull(),
});
const pool = new pg.Pool({ connectionString: url, ...POOL });
const db = drizzle({ client: pool });

const operations = (tx) => ({
  insert: async (name) => tx.insert(people).values({ name, age: 0 }),
  read: async () => tx.select().from(people),
  withdraw: async (name) =>
    tx
      .update(people)
      .set({ age: sql`${people.age} - 10` })
      .where(eq(people.name, name)),
  withdrawRaw: async (name) => tx.execute(sql`UPDATE people SET age = age - 10 WHERE name = ${name}`),
});
await playStory({
  pool,
  insert: operations(db).insert,
  transaction: (work) => db.transaction((tx) => work(operations(tx)), { isolationLevel: 'serializable' }),
  close: () => pool.end(),
});
