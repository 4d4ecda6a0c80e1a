import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { conclude, concurrently, meetingOf, poolSize, step, url } from './story.mjs';

const db = new Kysely({
  dialect: new PostgresDialect({
    pool: new pg.Pool({ connectionString: url, max: poolSize }),
    cursor: Cursor,
  }),
});
const rename = (tx, from, to) =>
  tx.updateTable('people').set({ name: to }).where('name', '=', from).execute();
const meet = meetingOf(2);

await step('create', () =>
  db.schema
    .createTable('people')
    .addColumn('id', 'serial', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('age', 'integer', (column) => column.notNull())
    .execute(),
);
await step('insert', () => db.insertInto('people').values({ name: 'Ada', age: 36 }).returningAll().execute());
await step('select', () => db.selectFrom('people').selectAll().where('name', '=', 'Ada').execute());
await step('update', async () => {
  const [{ numUpdatedRows }] = await db
    .updateTable('people')
    .set({ age: 37 })
    .where('name', '=', 'Ada')
    .execute();
  return Number(numUpdatedRows);
});
await step('violate', () => db.insertInto('people').values({ name: 'Ada', age: 1 }).execute());
await step('commit', () =>
  db.transaction().execute(async (tx) => {
    await tx.insertInto('people').values({ name: 'Grace', age: 85 }).execute();
    await rename(tx, 'Grace', 'Grace H.');
  }),
);
await step('roll back', () =>
  db.transaction().execute(async (tx) => {
    await rename(tx, 'Ada', 'Nobody');
    throw new RangeError('changed my mind');
  }),
);
await step('nest', async () => {
  const tx = await db.startTransaction().execute();
  await rename(tx, 'Ada', 'Ada L.');
  const inner = await tx.savepoint('inner').execute();
  await rename(inner, 'Grace H.', 'Ada L.').catch(() => 'undone');
  await inner.rollbackToSavepoint('inner').execute();
  await tx.commit().execute();
});
await step('stream', async () => {
  const names = [];
  // One row at a time: the cursor is read three times.
  for await (const { name } of db.selectFrom('people').select('name').orderBy('id').stream(1))
    names.push(name);
  return names;
});
await concurrently('together', 2, (number) =>
  db.transaction().execute(async (tx) => {
    const found = await tx.selectFrom('people').select('name').where('id', '=', number).execute();
    await meet();
    return found;
  }),
);
await concurrently('concurrent', 4, (number) =>
  db.selectFrom('people').select('name').where('id', '=', number).execute(),
);
await conclude(() => db.destroy());
