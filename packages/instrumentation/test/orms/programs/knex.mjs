import knex from 'knex';
import { playStory } from './knex-story.mjs';
import { poolSize, url } from './story.mjs';

const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: poolSize } });
await playStory(db, { withStream: true, close: () => db.destroy() });
