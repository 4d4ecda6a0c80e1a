import { conclude, concurrently, meetingOf, step } from './story.mjs';

/** The story in Knex, with any pool. */
export async function playStory(db, { withStream, close }) {
  const meet = meetingOf(2);
  const rename = (tx, from, to) => tx('people').where({ name: from }).update({ name: to });

  await step('create', async () => {
    await db.schema.createTable('people', (table) => {
      table.increments('id');
      table.text('name').notNullable().unique();
      table.integer('age').notNullable();
    });
  });
  await step('insert', () => db('people').insert({ name: 'Ada', age: 36 }).returning('*'));
  await step('select', () => db('people').where({ name: 'Ada' }));
  await step('update', () => db('people').where({ name: 'Ada' }).update({ age: 37 }));
  await step('violate', () => db('people').insert({ name: 'Ada', age: 1 }));
  await step('commit', () =>
    db.transaction(async (tx) => {
      await tx('people').insert({ name: 'Grace', age: 85 });
      return rename(tx, 'Grace', 'Grace H.');
    }),
  );
  await step('roll back', () =>
    db.transaction(async (tx) => {
      await rename(tx, 'Ada', 'Nobody');
      throw new RangeError('changed my mind');
    }),
  );
  await step('nest', () =>
    db.transaction(async (tx) => {
      await rename(tx, 'Ada', 'Ada L.');
      await tx.transaction((inner) => rename(inner, 'Grace H.', 'Ada L.')).catch(() => 'undone');
    }),
  );
  if (withStream)
    await step('stream', async () => {
      const names = [];
      for await (const { name } of db('people').select('name').orderBy('id').stream()) names.push(name);
      return names;
    });
  await step(
    'callback',
    () =>
      new Promise((resolve) => {
        db('people')
          .count()
          .asCallback((error, rows) => {
            // The next query in the callback belongs to the same step.
            db('people')
              .where({ name: 'Ada L.' })
              .then((found) => resolve([error, rows, found]));
          });
      }),
  );
  await concurrently('together', 2, (number) =>
    db.transaction(async (tx) => {
      const found = await tx('people').select('name').where({ id: number });
      await meet();
      return found;
    }),
  );
  await concurrently('concurrent', 4, (number) => db('people').select('name').where({ id: number }));
  await conclude(close);
}
