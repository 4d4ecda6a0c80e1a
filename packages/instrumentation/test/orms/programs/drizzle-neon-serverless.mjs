import './neon.mjs';
import { Pool } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-serverless';
import { tellOfConcurrency, tellOfStatements, tellOfTransactions } from './drizzle-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const pool = new Pool({ connectionString: url, max: poolSize });
const db = drizzle({ client: pool });

await tellOfStatements(db);
await tellOfTransactions(db);
await tellOfConcurrency(db);
await conclude(() => pool.end());
