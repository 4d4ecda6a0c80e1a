import { Kysely } from 'kysely';
import { PostgresJSDialect } from 'kysely-postgres-js';
import postgres from 'postgres';
import { playConcurrency, playStatements, playTransactions } from './kysely-story.mjs';
import { conclude, poolSize, step, url } from './story.mjs';

const client = postgres(url, { max: poolSize });
const db = new Kysely({ dialect: new PostgresJSDialect({ postgres: client }) });

await playStatements(db);
await playTransactions(db);
await step('stream', async () => {
  const names = [];
  const all = db.selectFrom('people').select('name').orderBy('id');
  // One row at a time: the cursor is read three times.
  for await (const { name } of all.stream(1)) names.push(name);
  return names;
});
await playConcurrency(db);
await conclude(() => db.destroy());
