import http from 'node:http';
import { instrument } from '@pg-otel/instrumentation';
import pg from 'pg';
import { start } from 'pg-otel';

start();

const { Pool } = instrument(pg);
const db = new Pool({ connectionString: process.env.DATABASE_URL });

async function answer(path) {
  if (path === '/notes') return db.query('SELECT id, body FROM notes ORDER BY id');
  if (path === '/notes/report')
    return db.query('SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)');
  if (path === '/notes/archived') return db.query('SELECT id, body FROM archived_notes');
  return db.query('SELECT id, body FROM notes WHERE id = $1', [path.slice('/notes/'.length)]);
}

const server = http.createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  try {
    const { rows } = await answer(request.url);
    response.end(JSON.stringify(request.url === '/notes/report' ? rows[0] : rows));
  } catch (error) {
    response.statusCode = 500;
    response.end(JSON.stringify({ code: error.code }));
  }
});
server.listen(process.env.PORT);

process.on('SIGTERM', () => server.close(() => db.end()));
