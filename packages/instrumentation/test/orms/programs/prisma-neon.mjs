import './neon.mjs';
import { PrismaNeon } from '@prisma/adapter-neon';
import { openPrisma, playConcurrency, playStatements, playTransactions } from './prisma-story.mjs';
import { conclude, poolSize, url } from './story.mjs';

const prisma = openPrisma(new PrismaNeon({ connectionString: url, max: poolSize }));

await playStatements(prisma);
await playTransactions(prisma);
await playConcurrency(prisma);
await conclude(() => prisma.$disconnect());
