import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { playConcurrency, playStatements, playTransactions } from './kysely-story.mjs';
import { conclude, poolSize, step, url } from './story.mjs';

const pool = new pg.Pool({ connectionString: url, max: poolSize });
const db = new Kysely({ dialect: new PostgresDialect({ pool, cursor: Cursor }) });

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
