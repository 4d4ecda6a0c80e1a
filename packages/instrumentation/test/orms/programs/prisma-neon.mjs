import './neon.mjs';
import { PrismaNeon } from '@prisma/adapter-neon';
import { openPrisma, tellOfConcurrency, tellOfStatements, tellOfTransactions } from './prisma-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const prisma = openPrisma(new PrismaNeon({ connectionString: url, max: poolSize }));

await tellOfStatements(prisma);
await tellOfTransactions(prisma);
await tellOfConcurrency(prisma);
await conclude(() => prisma.$disconnect());
