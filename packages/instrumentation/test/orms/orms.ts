type Driver = 'pg' | 'Neon, WebSocket' | 'Neon, HTTP' | 'Postgres.js';

/** An ORM on a driver, and what its program sends in each step of the story: names of spans, in their order. */
export interface Orm {
  readonly name: string;
  readonly driver: Driver;
  readonly program: string;
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** The source of its connections. Only pg-pool, alone or inside the Neon driver, and Postgres.js have pool metrics. */
  readonly connections: 'pg-pool' | 'Postgres.js' | 'another pool' | 'of fetch';
  /** Connections that its pool closed because of the one statement that fails. */
  readonly closedByError: number;
}

/** The name of a statement in the dialect of an ORM. */
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
function common(words: Words) {
  const { insert, select, update, begin, commit, rollback, savepoint, rollbackTo } = words;
  return {
    ...withoutTransactions(words),
    commit: [begin, insert, update, commit],
    'roll back': [begin, update, rollback],
    nest: [begin, update, savepoint, update, rollbackTo, commit],
    'together 1': [begin, select, commit],
    'together 2': [begin, select, commit],
  };
}

function withoutTransactions({ insert, select, update }: Words) {
  return {
    insert: [insert],
    select: [select],
    update: [update],
    violate: [insert],
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

const drizzle = { create: ['CREATE TABLE people'], prepared: [lower.select, lower.select] };

/** Postgres.js asks for the array types on each new connection; there are two. */
const postgresJs = { connect: Array(2).fill('select pg_catalog.pg_type pg_catalog.pg_type') };

const prismaStatements = {
  create: ['CREATE TABLE people'],
  // Two become one (`IN ($1,$2)`), which is the first one's.
  'unique 1': [prisma.select],
};
const prismaSteps = {
  ...common(prisma),
  ...prismaStatements,
  batch: ['BEGIN', prisma.update, `SELECT SELECT ${people}`, 'COMMIT'],
  nest: [...common(prisma).nest.slice(0, -1), 'RELEASE', 'COMMIT'],
  // Two statements; both run in the async context of the transaction that came first.
  'turn 1': ['BEGIN', prisma.select, prisma.select, 'COMMIT'],
  'turn 2': ['BEGIN', 'COMMIT'],
};

const sequelizeSetup = 'SET client_min_messages SET TIME ZONE';

export const ORMS: readonly Orm[] = [
  {
    name: 'Drizzle on pg',
    driver: 'pg',
    program: 'drizzle-node-postgres.mjs',
    connections: 'pg-pool',
    closedByError: 1,
    steps: { ...common(lower), ...drizzle },
  },
  {
    name: 'Drizzle on Neon over WebSocket',
    driver: 'Neon, WebSocket',
    program: 'drizzle-neon-serverless.mjs',
    connections: 'pg-pool',
    closedByError: 1,
    steps: { ...common(lower), ...drizzle },
  },
  {
    name: 'Drizzle on Neon over HTTP',
    driver: 'Neon, HTTP',
    program: 'drizzle-neon-http.mjs',
    connections: 'of fetch',
    closedByError: 0,
    steps: {
      ...withoutTransactions(lower),
      ...drizzle,
      batch: ['BATCH'],
      'failing batch': [`BATCH ${lower.update}`],
    },
  },
  {
    name: 'Drizzle on Postgres.js',
    driver: 'Postgres.js',
    program: 'drizzle-postgres-js.mjs',
    connections: 'Postgres.js',
    closedByError: 0,
    steps: { ...common(lower), ...drizzle, ...postgresJs },
  },
  {
    name: 'Prisma with adapter-pg',
    driver: 'pg',
    program: 'prisma-pg.mjs',
    connections: 'pg-pool',
    closedByError: 1,
    steps: prismaSteps,
  },
  {
    name: 'Prisma with adapter-neon over WebSocket',
    driver: 'Neon, WebSocket',
    program: 'prisma-neon.mjs',
    connections: 'pg-pool',
    closedByError: 1,
    steps: prismaSteps,
  },
  {
    name: 'Prisma with adapter-neon over HTTP',
    driver: 'Neon, HTTP',
    program: 'prisma-neon-http.mjs',
    connections: 'of fetch',
    closedByError: 0,
    steps: { ...withoutTransactions(prisma), ...prismaStatements },
  },
  {
    name: 'Kysely on pg',
    driver: 'pg',
    program: 'kysely.mjs',
    connections: 'pg-pool',
    closedByError: 0,
    steps: { ...common(lower), create: ['create table "people"'], stream: [lower.select] },
  },
  {
    name: 'Kysely on Postgres.js',
    driver: 'Postgres.js',
    program: 'kysely-postgres-js.mjs',
    connections: 'Postgres.js',
    closedByError: 0,
    steps: { ...common(lower), ...postgresJs, create: ['create table "people"'], stream: [lower.select] },
  },
  {
    name: 'Kysely on Neon over HTTP',
    driver: 'Neon, HTTP',
    program: 'kysely-neon.mjs',
    connections: 'of fetch',
    closedByError: 0,
    steps: { ...withoutTransactions(lower), create: ['create table "people"'] },
  },
  {
    name: 'Knex',
    driver: 'pg',
    program: 'knex.mjs',
    connections: 'another pool',
    closedByError: 0,
    steps: { ...knex, stream: [lower.select] },
  },
  {
    name: 'Knex on a pool of pg',
    driver: 'pg',
    program: 'knex-pg-pool.mjs',
    connections: 'pg-pool',
    closedByError: 0,
    steps: knex,
  },
  {
    name: 'TypeORM',
    driver: 'pg',
    program: 'typeorm.mjs',
    connections: 'pg-pool',
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
    driver: 'pg',
    program: 'sequelize.mjs',
    connections: 'another pool',
    closedByError: 0,
    steps: {
      ...common({ ...upper, begin: 'START TRANSACTION' }),
      create: [
        // On a separate connection, which requests the types of the database and is closed.
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
