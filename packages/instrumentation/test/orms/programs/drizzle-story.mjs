import { eq, sql } from 'drizzle-orm';
import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';
import { concurrently, meetingOf, step } from './story.mjs';

export const people = pgTable('people', {
  id: serial().primaryKey(),
  name: text().notNull().unique(),
  age: integer().notNull(),
});

export const rename = (tx, from, to) => tx.update(people).set({ name: to }).where(eq(people.name, from));
const nameOf = (tx, id) => tx.select({ name: people.name }).from(people).where(eq(people.id, id));

export async function playStatements(db) {
  await step('create', async () => {
    const { rowCount } = await db.execute(
      sql`CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int NOT NULL)`,
    );
    return rowCount;
  });
  await step('insert', () => db.insert(people).values({ name: 'Ada', age: 36 }).returning());
  await step('select', () => db.select().from(people).where(eq(people.name, 'Ada')));
  await step('update', async () => {
    const { command, rowCount } = await db.update(people).set({ age: 37 }).where(eq(people.name, 'Ada'));
    return { command, rowCount };
  });
  await step('violate', () => db.insert(people).values({ name: 'Ada', age: 1 }));
  await step('prepared', async () => {
    const byName = db
      .select()
      .from(people)
      .where(eq(people.name, sql.placeholder('name')))
      .prepare('by_name');
    return [await byName.execute({ name: 'Ada' }), await byName.execute({ name: 'Nobody' })];
  });
}

export async function playTransactions(db) {
  await step('commit', () =>
    db.transaction(async (tx) => {
      await tx.insert(people).values({ name: 'Grace', age: 85 });
      await rename(tx, 'Grace', 'Grace H.');
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
  const meet = meetingOf(2);
  await concurrently('together', 2, (number) =>
    db.transaction(async (tx) => {
      const found = await nameOf(tx, number);
      await meet();
      return found;
    }),
  );
}

export async function playConcurrency(db) {
  await concurrently('concurrent', 4, (number) => nameOf(db, number));
}
