const express = require('express');
const { Pool } = require('pg');

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const app = express();

app.get('/notes', async (req, res) => {
  const { rows } = await pool.query('SELECT id, body FROM notes ORDER BY id');
  res.json(rows);
});

// A slow query: pg-otel emits an event while it runs.
app.get('/notes/report', async (req, res) => {
  const { rows } = await pool.query('SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)');
  res.json(rows[0]);
});

// A query that fails: there is no such table.
app.get('/notes/archived', async (req, res) => {
  try {
    res.json((await pool.query('SELECT id, body FROM archived_notes')).rows);
  } catch (error) {
    res.status(500).json({ code: error.code });
  }
});

app.get('/notes/:id', async (req, res) => {
  const { rows } = await pool.query('SELECT id, body FROM notes WHERE id = $1', [req.params.id]);
  res.json(rows);
});

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', () => server.close(() => pool.end()));
