import knex from 'knex';
import pg from 'pg';
import { POOL, playStory, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, ...POOL });
const db = knex({ client: 'pg', connectionPool: pool });

const operations = (tx) => ({
  insert: async (name) => tx('people').insert({ name, age: 0 }),
  read: async () => tx('people'),
  withdraw: async (name) => tx('people').where({ name }).decrement('age', 10),
  withdrawRaw: async (name) => tx.raw('UPDATE people SET age = age - 10 WHERE name = ?', [name]),
});
await playStory({
  pool,
  insert: operations(db).insert,
  transaction: (work) => db.transaction((tx) => work(operations(tx)), { isolationLevel: 'serializable' }),
  close: async () => {
    await db.destroy();
    await pool.end();
  },
});
