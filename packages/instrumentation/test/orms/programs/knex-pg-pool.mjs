import knex from 'knex';
import pg from 'pg';
import { playStory } from './knex-story.mjs';
import { poolSize, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, max: poolSize });
const db = knex({ client: 'pg', connectionPool: pool });
await playStory(db, {
  // Knex 3.3.0 gives the connection of a stream back twice, which pg-pool answers with an error that cannot be caught.
  withStream: false,
  close: async () => {
    await db.destroy();
    await pool.end();
  },
});
