/** An ORM on a driver, and what its program sends in each step of the story: names of spans, in their order. */
export interface Orm {
  readonly name: string;
  readonly program: string;
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** Whether its connections come from pg-pool, which is the pool we have numbers of. */
  readonly pool: boolean;
  /** Connections that its pool closed because of the one statement that fails. */
  readonly closedByError: number;
}

/** What a statement is called in the dialect of an ORM. */
interface Words {
  readonly insert: string;
  readonly select: string;
  readonly update: string;
  readonly begin: string;
  readonly commit: string;
  readonly rollback: string;
  readonly savepoint: string;
  readonly rollbackTo: string;
}

/** The steps that are the same everywhere, but for the words. */
function common({ insert, select, update, begin, commit, rollback, savepoint, rollbackTo }: Words) {
  return {
    insert: [insert],
    select: [select],
    update: [update],
    violate: [insert],
    commit: [begin, insert, update, commit],
    'roll back': [begin, update, rollback],
    nest: [begin, update, savepoint, update, rollbackTo, commit],
    'together 1': [begin, select, commit],
    'together 2': [begin, select, commit],
    ...Object.fromEntries([1, 2, 3, 4].map((number) => [`concurrent ${number}`, [select]])),
  };
}

const UPPER = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT',
  rollbackTo: 'ROLLBACK TO',
};
const LOWER = Object.fromEntries(
  Object.entries(UPPER).map(([key, word]) => [key, word.toLowerCase()]),
) as typeof UPPER;
const lower = { ...LOWER, insert: 'insert "people"', select: 'select "people"', update: 'update "people"' };
const upper = { ...UPPER, insert: 'INSERT "people"', select: 'SELECT "people"', update: 'UPDATE "people"' };
const people = '"public"."people"';
const prisma = {
  ...UPPER,
  insert: `INSERT ${people}`,
  select: `SELECT ${people}`,
  update: `UPDATE ${people}`,
};

const knex = {
  ...common({ ...lower, ...UPPER }),
  // The version is asked for once, on the first connection.
  create: ['select', 'create table "people"', 'alter table "people"'],
  callback: ['select "people"', 'select "people"'],
};

const sequelizeSetup = 'SET client_min_messages SET TIME ZONE';

export const ORMS: readonly Orm[] = [
  {
    name: 'Drizzle on pg',
    program: 'drizzle-node-postgres.mjs',
    pool: true,
    closedByError: 1,
    steps: { ...common(lower), create: ['CREATE TABLE people'], prepared: [lower.select, lower.select] },
  },
  {
    name: 'Prisma with adapter-pg',
    program: 'prisma-pg.mjs',
    pool: true,
    closedByError: 1,
    steps: {
      ...common(prisma),
      create: ['CREATE TABLE people'],
      batch: ['BEGIN', prisma.update, `SELECT SELECT ${people}`, 'COMMIT'],
      nest: [...common(prisma).nest.slice(0, -1), 'RELEASE', 'COMMIT'],
      // Two become one (`IN ($1,$2)`), which is the first one's.
      'unique 1': [prisma.select],
      // Two statements; both run in the async context of the transaction that came first.
      'turn 1': ['BEGIN', prisma.select, prisma.select, 'COMMIT'],
      'turn 2': ['BEGIN', 'COMMIT'],
    },
  },
  {
    name: 'Kysely on pg',
    program: 'kysely.mjs',
    pool: true,
    closedByError: 0,
    steps: { ...common(lower), create: ['create table "people"'], stream: [lower.select] },
  },
  {
    name: 'Knex',
    program: 'knex.mjs',
    pool: false,
    closedByError: 0,
    steps: { ...knex, stream: [lower.select] },
  },
  {
    name: 'Knex on a pool of pg',
    program: 'knex-pg-pool.mjs',
    pool: true,
    closedByError: 0,
    steps: knex,
  },
  {
    name: 'TypeORM',
    program: 'typeorm.mjs',
    pool: true,
    closedByError: 0,
    steps: {
      ...common({ ...upper, begin: 'START TRANSACTION' }),
      initialize: ['SELECT', 'SELECT'],
      create: ['CREATE TABLE "people"'],
      insert: ['START TRANSACTION', 'INSERT "people"', 'COMMIT'],
      stream: [upper.select],
    },
  },
  {
    name: 'Sequelize',
    program: 'sequelize.mjs',
    pool: false,
    closedByError: 0,
    steps: {
      ...common({ ...upper, begin: 'START TRANSACTION' }),
      create: [
        // On a connection of its own, which asks for the types of the database and is closed.
        sequelizeSetup,
        'SELECT pg_range pg_type SELECT pg_type',
        sequelizeSetup,
        'SELECT information_schema.tables',
        'CREATE TABLE "people"',
        'SELECT pg_class pg_class pg_index pg_attribute',
      ],
      bind: ['SELECT people'],
      // The second connection of the pool.
      'together 2': [sequelizeSetup, 'START TRANSACTION', 'SELECT "people"', 'COMMIT'],
    },
  },
];
