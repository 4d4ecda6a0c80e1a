import './neon.mjs';
import { neon } from '@neondatabase/serverless';
import { Kysely } from 'kysely';
import { NeonDialect } from 'kysely-neon';
import { playConcurrency, playStatements } from './kysely-story.mjs';
import { conclude, step, url } from './story.mjs';

const db = new Kysely({ dialect: new NeonDialect({ neon: neon(url) }) });

await playStatements(db);
// There are no transactions over HTTP, so nothing is sent.
await step('transaction', () => db.transaction().execute(async () => 'never'));
await playConcurrency(db);
await conclude(() => db.destroy());
