import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { getPrismaClientClass } from './prisma-client.mjs';
import { POOL, playStory, url } from './story.mjs';

const PrismaClient = getPrismaClientClass();
const pool = new pg.Pool({ connectionString: url, ...POOL });
const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });

const operations = (tx) => ({
  insert: (name) => tx.person.create({ data: { name, age: 0 } }),
  read: () => tx.person.findMany(),
  withdraw: (name) => tx.person.updateMany({ where: { name }, data: { age: { decrement: 10 } } }),
  withdrawRaw: (name) => tx.$executeRaw`UPDATE people SET age = age - 10 WHERE name = ${name}`,
});
const PATIENT = { maxWait: 180_000, timeout: 180_000 };
await playStory({
  pool,
  insert: operations(prisma).insert,
  transaction: (work) =>
    prisma.$transaction((tx) => work(operations(tx)), { isolationLevel: 'Serializable', ...PATIENT }),
  close: async () => {
    await prisma.$disconnect();
    await pool.end();
  },
});
