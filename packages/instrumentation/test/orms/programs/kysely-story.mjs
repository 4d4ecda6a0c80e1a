import { concurrently, meetingOf, step } from './story.mjs';

const rename = (tx, from, to) =>
  tx.updateTable('people').set({ name: to }).where('name', '=', from).execute();
const nameOf = (tx, id) => tx.selectFrom('people').select('name').where('id', '=', id).execute();

export async function playStatements(db) {
  await step('create', () =>
    db.schema
      .createTable('people')
      .addColumn('id', 'serial', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('age', 'integer', (column) => column.notNull())
      .execute(),
  );
  await step('insert', () =>
    db.insertInto('people').values({ name: 'Ada', age: 36 }).returningAll().execute(),
  );
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
}

export async function playTransactions(db) {
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
  const meet = meetingOf(2);
  await concurrently('together', 2, (number) =>
    db.transaction().execute(async (tx) => {
      const found = await nameOf(tx, number);
      await meet();
      return found;
    }),
  );
}

export async function playConcurrency(db) {
  await concurrently('concurrent', 4, (number) => nameOf(db, number));
}
