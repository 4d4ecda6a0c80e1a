// Runs one query until pg-otel has found out why it is slow, and until that has been read.
import { subscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { insightsRead } from './insights-read.cjs';

const pool = new pg.Pool({ max: 2 });
const running = pool.query('SELECT pg_sleep(600)').catch(() => {});
await new Promise((resolve) => {
  subscribe('pg-otel:event', ({ name }) => name === 'pg_otel.operation.diagnosed' && resolve());
});
await insightsRead();
await pool.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
await running;
await pool.end();
