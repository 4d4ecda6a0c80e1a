const express = require('express');
const { Pool } = require('pg');

const db = new Pool(); // PGHOST, PGUSER and PGPASSWORD
const app = express();

app.get('/databases', async (request, response) => {
  const { rows } = await db.query('SELECT datname FROM pg_database WHERE NOT datistemplate');
  response.json(rows);
});

app.get('/report', async (request, response) => {
  const { rows } = await db.query('SELECT count(*)::int AS relations FROM pg_class, pg_sleep(7)');
  response.json(rows[0]);
});

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', () => server.close(() => db.end()));
