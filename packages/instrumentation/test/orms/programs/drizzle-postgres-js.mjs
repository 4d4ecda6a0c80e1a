import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { playConcurrency, playStatements, playTransactions } from './drizzle-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const client = postgres(url, { max: poolSize });
const db = drizzle({ client });

await playStatements(db);
await playTransactions(db);
await playConcurrency(db);
await conclude(() => client.end());
