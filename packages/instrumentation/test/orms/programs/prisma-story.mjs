import { getPrismaClientClass } from './prisma-client.mjs';
import { concurrently, meetingOf, step } from './story.mjs';

const PrismaClient = getPrismaClientClass();

export const openPrisma = (adapter) => new PrismaClient({ adapter });

const rename = (tx, from, to) => tx.person.updateMany({ where: { name: from }, data: { name: to } });
const nameOf = (tx, id) => tx.person.findMany({ select: { name: true }, where: { id } });

export async function playStatements(prisma) {
  await step(
    'create',
    () => prisma.$executeRaw`
    CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int NOT NULL)`,
  );
  await step('insert', () => prisma.person.create({ data: { name: 'Ada', age: 36 } }));
  await step('select', () => prisma.person.findMany({ where: { name: 'Ada' } }));
  await step('update', () => prisma.person.updateMany({ where: { name: 'Ada' }, data: { age: 37 } }));
  await step('violate', () => prisma.person.create({ data: { name: 'Ada', age: 1 } }));
}

export async function playTransactions(prisma) {
  await step('commit', () =>
    prisma.$transaction(async (tx) => {
      await tx.person.create({ data: { name: 'Grace', age: 85 } });
      await rename(tx, 'Grace', 'Grace H.');
    }),
  );
  await step('roll back', () =>
    prisma.$transaction(async (tx) => {
      await rename(tx, 'Ada', 'Nobody');
      throw new RangeError('changed my mind');
    }),
  );
  await step('batch', () =>
    prisma.$transaction([rename(prisma, 'Grace H.', 'Grace'), prisma.person.count()]),
  );
  await step('nest', () =>
    prisma.$transaction(async (tx) => {
      await rename(tx, 'Ada', 'Ada L.');
      await tx.$transaction((inner) => rename(inner, 'Grace', 'Ada L.')).catch(() => 'undone');
    }),
  );
  const meet = meetingOf(2);
  await concurrently('together', 2, (number) =>
    prisma.$transaction(async (tx) => {
      const found = await nameOf(tx, number);
      await meet();
      return found;
    }),
  );
  await playOneTurn(prisma);
}

export async function playConcurrency(prisma) {
  await concurrently('concurrent', 4, (number) => nameOf(prisma, number));
  // Asked for in one turn of the event loop: Prisma makes one statement of it.
  await concurrently('unique', 2, (id) => prisma.person.findUnique({ where: { id } }));
}

/** Prisma sends the queries of several transactions in one turn of the event loop together. */
async function playOneTurn(prisma) {
  const firstHasBegun = meetingOf(2);
  const [meetBefore, meetAfter] = [meetingOf(2), meetingOf(2)];
  await concurrently('turn', 2, async (number) => {
    if (number === 2) await firstHasBegun();
    return prisma.$transaction(async (tx) => {
      if (number === 1) firstHasBegun();
      await meetBefore();
      const found = await nameOf(tx, number);
      await meetAfter();
      return found;
    });
  });
}
