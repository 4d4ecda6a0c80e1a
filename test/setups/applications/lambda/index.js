const { start } = require('pg-otel');

const otel = start();
const { Pool } = require('pg');

const db = new Pool({ max: 1 });

exports.handler = async () => {
  try {
    const { rows } = await db.query('SELECT count(*)::int AS tables FROM pg_class');
    return rows[0];
  } finally {
    await otel.forceFlush();
  }
};
