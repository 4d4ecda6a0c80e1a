import { DataTypes, Sequelize } from 'sequelize';
import { conclude, concurrently, meetingOf, poolSize, step, url } from './story.mjs';

const db = new Sequelize(url, { dialect: 'postgres', logging: false, pool: { max: poolSize } });
const Person = db.define(
  'Person',
  {
    name: { type: DataTypes.TEXT, allowNull: false, unique: true },
    age: { type: DataTypes.INTEGER, allowNull: false },
  },
  { tableName: 'people', timestamps: false },
);
const rename = (transaction, from, to) => Person.update({ name: to }, { where: { name: from }, transaction });
const meet = meetingOf(2);

await step('create', async () => {
  await Person.sync();
});
await step('insert', () => Person.create({ name: 'Ada', age: 36 }));
await step('select', () => Person.findAll({ where: { name: 'Ada' } }));
await step('bind', async () => {
  const [rows] = await db.query('SELECT name FROM people WHERE age = $1', { bind: [36] });
  return rows;
});
await step('update', () => Person.update({ age: 37 }, { where: { name: 'Ada' } }));
await step('violate', () => Person.create({ name: 'Ada', age: 1 }));
await step('commit', () =>
  db.transaction(async (transaction) => {
    await Person.create({ name: 'Grace', age: 85 }, { transaction });
    await rename(transaction, 'Grace', 'Grace H.');
  }),
);
await step('roll back', () =>
  db.transaction(async (transaction) => {
    await rename(transaction, 'Ada', 'Nobody');
    throw new RangeError('changed my mind');
  }),
);
await step('nest', () =>
  db.transaction(async (transaction) => {
    await rename(transaction, 'Ada', 'Ada L.');
    await db
      .transaction({ transaction }, (inner) => rename(inner, 'Grace H.', 'Ada L.'))
      .catch(() => 'undone');
  }),
);
await concurrently('together', 2, (number) =>
  db.transaction(async (transaction) => {
    const found = await Person.findAll({ attributes: ['name'], where: { id: number }, transaction });
    await meet();
    return found;
  }),
);
await concurrently('concurrent', 4, (number) =>
  Person.findAll({ attributes: ['name'], where: { id: number } }),
);
await conclude(() => db.close());
