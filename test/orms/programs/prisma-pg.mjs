import { PrismaPg } from '@prisma/adapter-pg';
import { getPrismaClientClass } from './prisma-client.mjs';
import { conclude, concurrently, meetingOf, poolSize, step, url } from './story.mjs';

const PrismaClient = getPrismaClientClass();
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: poolSize }) });
const rename = (tx, from, to) => tx.person.updateMany({ where: { name: from }, data: { name: to } });
const meet = meetingOf(2);

await step(
  'create',
  () => prisma.$executeRaw`
  CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int NOT NULL)`,
);
await step('insert', () => prisma.person.create({ data: { name: 'Ada', age: 36 } }));
await step('select', () => prisma.person.findMany({ where: { name: 'Ada' } }));
await step('update', () => prisma.person.updateMany({ where: { name: 'Ada' }, data: { age: 37 } }));
await step('violate', () => prisma.person.create({ data: { name: 'Ada', age: 1 } }));
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
await step('batch', () => prisma.$transaction([rename(prisma, 'Grace H.', 'Grace'), prisma.person.count()]));
await step('nest', () =>
  prisma.$transaction(async (tx) => {
    await rename(tx, 'Ada', 'Ada L.');
    await tx.$transaction((inner) => rename(inner, 'Grace', 'Ada L.')).catch(() => 'undone');
  }),
);
await concurrently('together', 2, (number) =>
  prisma.$transaction(async (tx) => {
    const found = await tx.person.findMany({ select: { name: true }, where: { id: number } });
    await meet();
    return found;
  }),
);
await concurrently('concurrent', 4, (number) =>
  prisma.person.findMany({ select: { name: true }, where: { id: number } }),
);
// What is asked for in one turn of the event loop Prisma sends in one go: several records by their unique key, and
// what several transactions ask for.
await concurrently('unique', 2, (id) => prisma.person.findUnique({ where: { id } }));
const meetBefore = meetingOf(2);
const meetAfter = meetingOf(2);
const firstHasBegun = meetingOf(2);
await concurrently('turn', 2, async (number) => {
  if (number === 2) await firstHasBegun();
  return prisma.$transaction(async (tx) => {
    if (number === 1) firstHasBegun();
    await meetBefore();
    const found = await tx.person.findMany({ select: { name: true }, where: { id: number } });
    await meetAfter();
    return found;
  });
});
await conclude(() => prisma.$disconnect());
