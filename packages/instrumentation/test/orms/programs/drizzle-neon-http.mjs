import './neon.mjs';
import { neon } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { people, playConcurrency, playStatements, rename } from './drizzle-story.mjs';
import { conclude, step, url } from './story.mjs';

const db = drizzle({ client: neon(url) });

await playStatements(db);
await step('batch', async () => {
  const [inserted, { rowCount }] = await db.batch([
    db.insert(people).values({ name: 'Grace', age: 85 }).returning(),
    rename(db, 'Grace', 'Grace H.'),
  ]);
  return { inserted, rowCount };
});
await step('failing batch', () => db.batch([rename(db, 'Ada', 'Nobody'), rename(db, 'Grace H.', 'Nobody')]));
await playConcurrency(db);
await conclude(() => {});
