import './neon.mjs';
import { PrismaNeonHttp } from '@prisma/adapter-neon';
import { openPrisma, playConcurrency, playStatements } from './prisma-story.mjs';
import { conclude, step, url } from './story.mjs';

const prisma = openPrisma(new PrismaNeonHttp(url, {}));

await playStatements(prisma);
// There are no transactions over HTTP, so nothing is sent.
await step('transaction', () => prisma.$transaction(async () => 'never'));
await playConcurrency(prisma);
await conclude(() => prisma.$disconnect());
