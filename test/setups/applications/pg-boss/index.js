import { createServer } from 'node:http';
import pg from 'pg';
import { PgBoss } from 'pg-boss';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const boss = new PgBoss(process.env.DATABASE_URL);
boss.on('error', console.error);

await boss.start();
await boss.createQueue('count-notes');
const results = [];
await boss.work('count-notes', { pollingIntervalSeconds: 0.5 }, async () => {
  const { rows } = await pool.query('SELECT count(*)::int AS notes FROM notes');
  results.push(rows[0]);
});

const server = createServer(async (request, response) => {
  const answer = request.url === '/jobs' ? await boss.send('count-notes') : results;
  response.end(JSON.stringify(answer));
});
server.listen(process.env.PORT ?? 3000);

process.on('SIGTERM', () => {
  server.close(async () => {
    await boss.stop();
    await pool.end();
  });
});
