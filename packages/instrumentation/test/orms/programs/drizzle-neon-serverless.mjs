import './neon.mjs';
import { Pool } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-serverless';
import { playConcurrency, playStatements, playTransactions } from './drizzle-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const pool = new Pool({ connectionString: url, max: poolSize });
const db = drizzle({ client: pool });

await playStatements(db);
await playTransactions(db);
await playConcurrency(db);
await conclude(() => pool.end());
