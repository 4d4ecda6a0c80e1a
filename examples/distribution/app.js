import pg from 'pg';

const pool = new pg.Pool();
const { rows } = await pool.query('SELECT count(*) AS tables FROM pg_class WHERE relkind = $1', ['r']);
console.log(`${rows[0].tables} tables`);
await pool.end();
