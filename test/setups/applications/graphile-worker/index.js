const { createServer } = require('node:http');
const { run } = require('graphile-worker');
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const results = [];

async function main() {
  const runner = await run({
    pgPool: pool,
    noHandleSignals: true,
    taskList: {
      async 'count-notes'(_payload, { query }) {
        const { rows } = await query('SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)');
        results.push(rows[0]);
      },
    },
  });

  const server = createServer(async (request, response) => {
    const answer = request.url === '/jobs' ? (await runner.addJob('count-notes')).id : results;
    response.end(JSON.stringify(answer));
  });
  server.listen(process.env.PORT ?? 3000);

  process.on('SIGTERM', () => {
    server.close(async () => {
      await runner.stop();
      await pool.end();
    });
  });
}

main();
