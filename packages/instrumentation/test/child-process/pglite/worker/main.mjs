// An application whose database runs in a separate thread.
import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { WebWorker } from './web-worker.mjs';

const { PGLITE_WORKER, BY_INSTANCE } = process.env;
const require = createRequire(import.meta.url);
const { PGliteWorker, LeaderChangedError } = PGLITE_WORKER.endsWith('.cjs')
  ? require(PGLITE_WORKER)
  : await import(PGLITE_WORKER);

const thread = new WebWorker(new URL('./thread.mjs', import.meta.url));
const db = new PGliteWorker(thread);
if (BY_INSTANCE !== undefined) require('@pg-otel/instrumentation').instrument(db);
// The driver asks for its debug level without a handler, and its thread may become the leader meanwhile. A browser only
// logs that.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof LeaderChangedError)) throw error;
});
// The first change may be that of another leader.
while (!db.isLeader) await new Promise((resolve) => db.onLeaderChange(resolve));
await db.waitReady;
await trace.getTracer('application').startActiveSpan('application', async (span) => {
  await db.exec('CREATE TABLE people (id int PRIMARY KEY, name text)');
  await db.query('INSERT INTO people VALUES ($1, $2)', [1, 'Ada']);
  const { rows } = await db.sql`SELECT name FROM people WHERE id = ${1}`;
  await db.transaction(async (tx) => {
    await tx.query('UPDATE people SET name = $1', ['Grace']);
    await tx.exec('DELETE FROM people');
  });
  console.log(JSON.stringify(rows));
  span.end();
});
// The end of the thread would discard its spans.
const flushed = new Promise((resolve) => {
  thread.addEventListener('message', ({ data }) => data === 'flushed' && resolve());
});
thread.postMessage('flush');
await flushed;
await db.close();
await globalThis.sdk?.shutdown();
