import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { playConcurrency, playStatements, playTransactions } from './drizzle-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, max: poolSize });
const db = drizzle({ client: pool });

await playStatements(db);
await playTransactions(db);
await playConcurrency(db);
await conclude(() => pool.end());
