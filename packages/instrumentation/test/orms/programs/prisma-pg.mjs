import { PrismaPg } from '@prisma/adapter-pg';
import { openPrisma, tellOfConcurrency, tellOfStatements, tellOfTransactions } from './prisma-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const prisma = openPrisma(new PrismaPg({ connectionString: url, max: poolSize }));

await tellOfStatements(prisma);
await tellOfTransactions(prisma);
await tellOfConcurrency(prisma);
await conclude(() => prisma.$disconnect());
