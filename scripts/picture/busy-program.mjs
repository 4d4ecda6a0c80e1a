import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createInsights, serveInsights } from '@pg-otel/insights';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { managePool } from '@pg-otel/pool';
import { startPostgres } from '@pg-otel/testkit';
import pg from 'pg';

const SCHEMA = `
  CREATE TABLE orders (id int PRIMARY KEY, amount int, note text);
  INSERT INTO orders SELECT n, n * 7 % 100, 'note' FROM generate_series(1, 5000) n;
  CREATE TABLE accounts (id int PRIMARY KEY, balance int);
  INSERT INTO accounts SELECT n, 0 FROM generate_series(1, 100) n;`;

/** Starts a load with slow queries, and serves the status page of this process. */
export async function startBusyProgram() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const postgres = await startPostgres({ database: 'shop' });
  const instrumentation = new PostgresInstrumentation({ poolNames: () => 'shop' });
  instrument(pg);
  const insights = createInsights({ serviceName: 'shop' });
  const server = await serveInsights({ port: 0, insights });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 3 });
  managePool(pool, { min: 2, max: 12 });
  await pool.query(SCHEMA);
  const timers = Object.entries(load(pool, new URL(postgres.url))).map(([, [milliseconds, run]]) =>
    // Some fail on purpose.
    setInterval(() => request(run).catch(() => {}), milliseconds),
  );
  return {
    url: server.url,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await server.close();
      insights.stop();
      await pool.end();
      instrumentation.disable();
      await postgres.stop();
    },
  };
}

/** Runs with a separate trace, as an HTTP instrumentation would. */
function request(run) {
  const [traceId, spanId] = [16, 8].map((bytes) => randomBytes(bytes).toString('hex'));
  const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return context.with(trace.setSpan(context.active(), span), run);
}

/** What runs, and every how many milliseconds. */
function load(pool, { username, host }) {
  return {
    readOrders: [100, () => Promise.all(Array.from({ length: 12 }, (_, n) => readOrder(pool, n)))],
    sumOrders: [150, () => pool.query('SELECT amount, count(*) FROM orders GROUP BY amount ORDER BY 1')],
    writeOrder: [200, () => pool.query('UPDATE orders SET amount = amount + 1 WHERE id = 9')],
    askSlowly: [500, () => pool.query('SELECT pg_sleep(0.06)')],
    keepAccount: [9000, () => keepAccount(pool)],
    bookAmount: [3000, () => pool.query('UPDATE accounts SET balance = balance + 1 WHERE id = 7')],
    useWrongPassword: [20_000, () => connectOnce(`postgres://${username}:wrong@${host}/shop`)],
  };
}

const readOrder = (pool, id) => pool.query('SELECT * FROM orders WHERE id = $1', [id]);

/** A transaction that stays open while something else is waited for. */
async function keepAccount(pool) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('UPDATE accounts SET balance = 0 WHERE id = 7');
    await sleep(6000);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

async function connectOnce(connectionString) {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  await client.end();
}
