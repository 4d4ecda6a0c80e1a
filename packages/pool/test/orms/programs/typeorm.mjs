import { DataSource, EntitySchema } from 'typeorm';
import { POOL, playStory, url } from './story.mjs';

const Person = new EntitySchema({
  name: 'Person',
  tableName: 'people',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'text' },
    age: { type: 'int' },
  },
});
const db = new DataSource({ type: 'postgres', url, entities: [Person], extra: POOL });
await db.initialize();

const operations = (manager) => ({
  insert: (name) => manager.insert(Person, { name, age: 0 }),
  read: () => manager.find(Person),
  withdraw: (name) => manager.decrement(Person, { name }, 'age', 10),
  withdrawRaw: (name) => manager.query('UPDATE people SET age = age - 10 WHERE name = $1', [name]),
});
await playStory({
  pool: db.driver.master,
  insert: operations(db.manager).insert,
  transaction: (work) => db.transaction('SERIALIZABLE', (manager) => work(operations(manager))),
  close: () => db.destroy(),
});
