import { once } from 'node:events';
import { DataSource, EntitySchema, Table } from 'typeorm';
import { conclude, concurrently, meetingOf, poolSize, step, url } from './story.mjs';

const Person = new EntitySchema({
  name: 'Person',
  tableName: 'people',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'text', unique: true },
    age: { type: 'int' },
  },
});
const db = new DataSource({ type: 'postgres', url, entities: [Person], poolSize });
const people = db.getRepository(Person);
const rename = (manager, from, to) => manager.update(Person, { name: from }, { name: to });
const meet = meetingOf(2);

await step('initialize', async () => {
  await db.initialize();
});
await step('create', async () => {
  const runner = db.createQueryRunner();
  await runner.createTable(Table.create(db.getMetadata(Person), db.driver));
  await runner.release();
});
await step('insert', () => people.save({ name: 'Ada', age: 36 }));
await step('select', () => people.findBy({ name: 'Ada' }));
await step('update', () => people.update({ name: 'Ada' }, { age: 37 }));
await step('violate', () => people.insert({ name: 'Ada', age: 1 }));
await step('commit', () =>
  db.transaction(async (manager) => {
    await manager.insert(Person, { name: 'Grace', age: 85 });
    await rename(manager, 'Grace', 'Grace H.');
  }),
);
await step('roll back', () =>
  db.transaction(async (manager) => {
    await rename(manager, 'Ada', 'Nobody');
    throw new RangeError('changed my mind');
  }),
);
await step('nest', () =>
  db.transaction(async (manager) => {
    await rename(manager, 'Ada', 'Ada L.');
    await manager.transaction((inner) => rename(inner, 'Grace H.', 'Ada L.')).catch(() => 'undone');
  }),
);
await step('stream', async () => {
  const runner = db.createQueryRunner();
  const names = [];
  const stream = await people
    .createQueryBuilder('p', runner)
    .select('p.name', 'name')
    .orderBy('p.id')
    .stream();
  stream.on('data', ({ name }) => names.push(name));
  await once(stream, 'close');
  await runner.release();
  return names;
});
await concurrently('together', 2, (number) =>
  db.transaction(async (manager) => {
    const found = await manager.find(Person, { select: { name: true }, where: { id: number } });
    await meet();
    return found;
  }),
);
await concurrently('concurrent', 4, (number) =>
  people.find({ select: { name: true }, where: { id: number } }),
);
await conclude(() => db.destroy());
