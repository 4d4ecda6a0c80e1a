var express = require('express');
var db = require('../db');
var router = express.Router();

router.get('/', async function(req, res) {
  var { rows } = await db.query('SELECT id, body FROM notes ORDER BY id');
  res.json(rows);
});

/* A slow query: pg-otel emits an event while it runs. */
router.get('/report', async function(req, res) {
  var { rows } = await db.query('SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)');
  res.json(rows[0]);
});

/* A query that fails: there is no such table. */
router.get('/archived', async function(req, res) {
  try {
    res.json((await db.query('SELECT id, body FROM archived_notes')).rows);
  } catch (error) {
    res.status(500).json({ code: error.code });
  }
});

router.get('/:id', async function(req, res) {
  var { rows } = await db.query('SELECT id, body FROM notes WHERE id = $1', [req.params.id]);
  res.json(rows);
});

module.exports = router;
