// A shop whose database has good and bad moments, again and again, until it is stopped: each metric of a dashboard moves.
const { setTimeout: sleep } = require('node:timers/promises');
const pg = require('pg');

/** Failures are part of it. */
const quietly = (promise) => promise.catch(() => undefined);
const forever = async (work, pause) => {
  for (;;) {
    await quietly(work());
    await sleep(pause);
  }
};

const orders = new pg.Pool({ max: 5, idleTimeoutMillis: 400 });
const reports = new pg.Pool({ max: 2, connectionTimeoutMillis: 300, maxUses: 3 });
for (const pool of [orders, reports]) pool.on('error', () => undefined);

async function connectAnd(config) {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}

async function prepare() {
  await orders.query('CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 60) n');
  await orders.query('CREATE TABLE customers AS SELECT n AS id FROM generate_series(1, 3) n');
}

prepare().then(() => {
  forever(() => orders.query('SELECT id FROM orders LIMIT $1', [Math.ceil(Math.random() * 60)]), 20);
  forever(() => orders.query('SELECT id, pg_sleep(random() * 0.08) FROM customers'), 50);
  forever(() => orders.query('SELECT pg_sleep(1.2)'), 300);
  forever(() => orders.query('SELECT pg_sleep(5.2)'), 1000);
  forever(() => orders.query('SELECT missing FROM orders'), 400);
  // Both connections of the second pool, and a third that wants one.
  for (let index = 0; index < 3; index++) forever(() => reports.query('SELECT pg_sleep(0.5)'), 50);
  forever(() => connectAnd({ port: 1 }), 500);
  forever(() => connectAnd({ password: 'wrong' }), 700);
});
