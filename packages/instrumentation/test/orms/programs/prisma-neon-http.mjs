import './neon.mjs';
import { PrismaNeonHttp } from '@prisma/adapter-neon';
import { openPrisma, tellOfConcurrency, tellOfStatements } from './prisma-story.mjs';
import { conclude, step, url } from './story.mjs';

const prisma = openPrisma(new PrismaNeonHttp(url, {}));

await tellOfStatements(prisma);
// Over HTTP there are none, and nothing is sent.
await step('transaction', () => prisma.$transaction(async () => 'never'));
await tellOfConcurrency(prisma);
await conclude(() => prisma.$disconnect());
