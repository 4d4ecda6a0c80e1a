import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { tellOfConcurrency, tellOfStatements, tellOfTransactions } from './drizzle-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, max: poolSize });
const db = drizzle({ client: pool });

await tellOfStatements(db);
await tellOfTransactions(db);
await tellOfConcurrency(db);
await conclude(() => pool.end());
