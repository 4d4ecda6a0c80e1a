// A shop whose database has good and bad moments, again and again, until it is stopped: each metric of a dashboard moves.
const { setTimeout: sleep } = require('node:timers/promises');
const { managePool, retry } = require('@pg-otel/pool');
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
managePool(orders, { min: 5, max: 8 });
managePool(reports, { min: 2, max: 4 });

/** A transaction that the server refuses half of the time. */
const transfer = () =>
  retry(() =>
    orders.query(
      `DO $$ BEGIN IF random() < 0.5 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF; END $$`,
    ),
  );
const loseConnections = () =>
  reports.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()',
  );

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
  forever(transfer, 200);
  forever(loseConnections, 3000);
  forever(() => connectAnd({ port: 1 }), 500);
  forever(() => connectAnd({ password: 'wrong' }), 700);
});
