// Records the latencies of statements on a real Postgres: `node record.mjs first.json`, ten minutes.
// ../latency-series.test.ts reads the file: for each statement, the durations in microseconds of each 10 seconds.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@pg-otel/testkit';
import pg from 'pg';

const TICKS = 60;
const TICK_MILLIS = 10_000;
const PAUSE_MILLIS = 200;
/** Ticks in which the statements that change are slower. */
const CHANGE = { from: 30, until: 48 };

const SCHEMA = `
  CREATE TABLE orders (id int PRIMARY KEY, customer int, total int);
  INSERT INTO orders SELECT n, n % 5000, n % 997 FROM generate_series(1, 100000) n;
  CREATE INDEX ON orders (customer);
  CREATE TABLE events (id serial PRIMARY KEY, text text);
  CREATE TABLE visits (page int, visitor int);
  INSERT INTO visits SELECT CASE WHEN n % 3 = 0 THEN 1 ELSE n % 1000 END, n FROM generate_series(1, 60000) n;
  CREATE INDEX ON visits (page);
  CREATE TABLE payments (id int, customer int);
  INSERT INTO payments SELECT n, n % 5000 FROM generate_series(1, 150000) n;
  CREATE INDEX payments_customer ON payments (customer);
  CREATE TABLE stock (id int PRIMARY KEY, count int);
  INSERT INTO stock SELECT n, 0 FROM generate_series(1, 10) n;
  CREATE TABLE cart (id int, product int);
  INSERT INTO cart SELECT n, n FROM generate_series(1, 1000) n;
  CREATE TABLE tags (id int, name text);
  INSERT INTO tags SELECT n, 'tag' FROM generate_series(1, 1000) n;
  ANALYZE`;

const anyOf = (count) => 1 + Math.floor(Math.random() * count);

const STATEMENTS = {
  'by primary key': (run) => run('SELECT * FROM orders WHERE id = $1', [anyOf(100_000)]),
  'twenty rows by an index': (run) => run('SELECT * FROM orders WHERE customer = $1', [anyOf(4999)]),
  'aggregate over a table': (run) => run('SELECT customer, sum(total) FROM orders GROUP BY 1 LIMIT 10'),
  insert: (run) => run('INSERT INTO events (text) VALUES ($1)', ['x'.repeat(anyOf(2000))]),
  'few rows or a third of the table': (run) =>
    run('SELECT count(DISTINCT visitor) FROM visits WHERE page = $1', [anyOf(8)]),
  'its index is dropped': (run) => run('SELECT * FROM payments WHERE customer = $1', [anyOf(4999)]),
  'another session holds its row': (run) => run('UPDATE stock SET count = count + 1 WHERE id = 1'),
  'its table grows to 100 times its size': (run) => run('SELECT max(product) FROM cart'),
  'one millisecond more': (run) => run('SELECT count(*) FROM tags'),
};

const postgres = await startPostgres();
const clients = [];
async function connect() {
  const client = new pg.Client(postgres.url);
  await client.connect();
  clients.push(client);
  return client;
}

const admin = await connect();
await admin.query(SCHEMA);
const startedAt = Date.now();
const tick = () => Math.floor((Date.now() - startedAt) / TICK_MILLIS);
const until = (wanted) => sleep(Math.max(0, startedAt + wanted * TICK_MILLIS - Date.now()));

async function record(statement) {
  const client = await connect();
  const ticks = Array.from({ length: TICKS }, () => []);
  while (tick() < TICKS) {
    const before = performance.now();
    await statement((text, values) => client.query(text, values));
    const micros = Math.round((performance.now() - before) * 1000);
    ticks[tick()]?.push(micros);
    await sleep(PAUSE_MILLIS);
  }
  return ticks;
}

async function change() {
  await until(CHANGE.from);
  await admin.query('DROP INDEX payments_customer');
  await admin.query('INSERT INTO cart SELECT n, n FROM generate_series(1, 99000) n');
  await admin.query("INSERT INTO tags SELECT n, 'tag' FROM generate_series(1, 10000) n");
  while (tick() < CHANGE.until) {
    await admin.query('BEGIN');
    await admin.query('SELECT * FROM stock WHERE id = 1 FOR UPDATE');
    await sleep(150);
    await admin.query('COMMIT');
    await sleep(150);
  }
  await admin.query('CREATE INDEX payments_customer ON payments (customer)');
  await admin.query('DELETE FROM cart WHERE ctid NOT IN (SELECT min(ctid) FROM cart GROUP BY id LIMIT 1000)');
  await admin.query('VACUUM FULL cart');
  await admin.query("DELETE FROM tags WHERE ctid >= '(6,0)'");
  await admin.query('VACUUM FULL tags');
}

const [, ...series] = await Promise.all([change(), ...Object.values(STATEMENTS).map(record)]);
const statements = Object.fromEntries(Object.keys(STATEMENTS).map((name, index) => [name, series[index]]));
const lines = Object.entries(statements).map(
  ([name, ticks]) =>
    `    ${JSON.stringify(name)}: [\n${ticks.map((each) => `      ${JSON.stringify(each)}`).join(',\n')}\n    ]`,
);
const json = `{\n  "change": ${JSON.stringify(CHANGE)},\n  "statements": {\n${lines.join(',\n')}\n  }\n}\n`;
writeFileSync(fileURLToPath(new URL(process.argv[2], import.meta.url)), json);
await Promise.all(clients.map((client) => client.end()));
await postgres.stop();
