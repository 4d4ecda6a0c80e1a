import { format } from 'node:util';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { pollUntil } from '@pg-otel/testkit';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let pool: pg.Pool;
/** The messages of the diagnostic log and of process warnings. */
const logged: string[] = [];
const log = (...args: unknown[]) => void logged.push(format(...args));
const onWarning = ({ message }: Error) => log(message);

beforeAll(async () => {
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.ALL);
  process.on('warning', onWarning);
  shop = await startInstrumented({ settings: { max_parallel_workers_per_gather: 0 } });
  // A busy server may not answer the first question.
  shop.configure({ slowAfter: [0.2], repeatInterval: 1 });
  pool = new pg.Pool({ connectionString: shop.server.url });
  pool.on('error', () => {});
  await pool.query(`
    CREATE TABLE orders WITH (fillfactor = 10) AS
      SELECT id, id % 1000 AS customer_id, repeat('x', 100) AS note FROM generate_series(1, 20000) id;
    CREATE TABLE customers AS SELECT id FROM generate_series(1, 100000) id;
    CREATE TABLE accounts AS SELECT id, '' AS note FROM generate_series(1, 10) id;
    ANALYZE`);
});

afterAll(async () => {
  await pool.end();
  await shop.stop();
  diag.disable();
  process.off('warning', onWarning);
});

const reasons = () =>
  shop.recorder
    .events()
    .filter(({ name }) => name === 'pg_otel.operation.diagnosed')
    .map(({ attributes }) => String(attributes['pg_otel.diagnosis.reason']));

it('no telemetry of slow queries contains their data, or that of the session that blocks them', async () => {
  const holder = await pool.connect();
  await holder.query("BEGIN; UPDATE accounts SET note = 'SECRET' WHERE id = 1");
  await holder.query("ALTER ROLE app PASSWORD 'SECRET'");
  const queries = [
    pool.query("/* SECRET */ UPDATE accounts SET note = 'SECRET' WHERE id = 1 -- SECRET"),
    pool.query('DELETE FROM accounts WHERE id = 1 AND note <> $1', ['SECRET']),
    pool.query(`SELECT 'SECRET' FROM customers
      WHERE (SELECT count(*) FROM orders WHERE customer_id = customers.id) < length('SECRET') - 6`),
  ].map((query) => query.catch((error) => error));
  const found = (sentence: string) =>
    pollUntil(async () => reasons().some((reason) => reason.includes(sentence)));
  await found('last statement `ALTER ROLE`');
  await found('no index of `orders` begins with `customer_id`');
  await holder.query('SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  await Promise.all(queries);
  await holder.query('ROLLBACK');
  holder.release();
  const telemetry = JSON.stringify([
    shop.recorder.spans(),
    shop.recorder.events(),
    await shop.recorder.points(),
  ]);
  expect(telemetry).toContain('pg_otel.diagnosis.reason');
  expect(telemetry + logged.join()).not.toContain('SECRET');
});
