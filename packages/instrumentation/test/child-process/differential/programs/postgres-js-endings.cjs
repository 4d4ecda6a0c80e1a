// How a process ends: errors that nobody handles, connections that keep it alive, and exit codes.
const { writeSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { postgres } = require(process.env.POSTGRES_STAGE);

const log = (what, ...values) =>
  writeSync(1, `${JSON.stringify([what, ...values.map((value) => value?.message ?? value)])}\n`);
const boom = () => {
  throw new RangeError('boom');
};
const REFUSED = { host: '127.0.0.1', port: 1 };
const connectTo = (options) => postgres({ max: 1, onnotice() {}, ...options });

const endings = {
  async 'a failing query'() {
    connectTo()`SELECT * FROM missing`.execute();
  },
  async 'a failing query that is awaited'() {
    await connectTo()`SELECT * FROM missing`;
  },
  async 'a query that nobody executes'() {
    connectTo()`SELECT * FROM missing`;
  },
  async 'a refused connection'() {
    connectTo(REFUSED)`SELECT 1`.execute();
  },
  async 'a rejection with a listener'() {
    const unhandled = [];
    const handled = [];
    const given = new Map();
    process.on('unhandledRejection', (_error, promise) =>
      unhandled.push(given.get(promise) ?? 'another promise'),
    );
    process.on('rejectionHandled', (promise) => handled.push(given.get(promise) ?? 'another promise'));
    const sql = connectTo();
    given.set(sql`SELECT * FROM missing`.execute(), 'query');
    given.set(sql.unsafe('SELECT * FROM missing').execute(), 'unsafe');
    given.set(
      sql.begin((tx) => tx`SELECT * FROM missing`),
      'begin',
    );
    given.set(
      sql`SELECT * FROM missing`.then(() => {}),
      'then',
    );
    while (unhandled.length < given.size) await sleep(10);
    for (const promise of given.keys()) promise.catch(() => {});
    log('unhandled', unhandled.sort(), handled.sort());
    await sql.end();
    log('handled', handled.sort());
  },
  async 'a callback of then that throws'() {
    connectTo()`SELECT 1`.then(boom);
  },
  async 'a row callback that throws'() {
    await connectTo()`SELECT 1`.forEach(boom);
  },
  async 'a cursor callback that throws'() {
    await connectTo()`SELECT 1`.cursor(1, boom);
  },
  async 'a cursor callback that rejects its last batch'() {
    await connectTo()`SELECT 1`.cursor(2, async () => boom());
  },
  async 'a failing query for the array types'() {
    const admin = connectTo();
    await admin`DROP ROLE IF EXISTS without_types`;
    await admin`CREATE ROLE without_types`;
    await admin`REVOKE SELECT ON pg_catalog.pg_type FROM PUBLIC`;
    await admin.end();
    process.on('exit', (code) => log('exit', code));
    await connectTo({ connection: { role: 'without_types' } })`SELECT 1`;
  },
  async 'a failing query for the array types, with a listener'() {
    const admin = connectTo();
    await admin`REVOKE SELECT ON pg_catalog.pg_type FROM PUBLIC`;
    await admin`DROP ROLE IF EXISTS without_types`;
    await admin`CREATE ROLE without_types`;
    await admin.end();
    const rejections = [];
    process.on('unhandledRejection', (error) => rejections.push([error.code, error.message]));
    const sql = connectTo({ connection: { role: 'without_types' } });
    sql`SELECT 1`.execute();
    while (rejections.length === 0) await sleep(10);
    log('unhandled', rejections);
    await sql.end({ timeout: 0 }).catch(() => {});
    process.exit(0);
  },
  async 'a transaction that throws'() {
    await connectTo().begin(boom);
  },
  async 'a listener that throws'() {
    const sql = connectTo();
    await sql.listen('news', boom);
    await sql.notify('news', 'x');
    await sql.end();
  },
  async 'a notice callback that throws'() {
    const sql = connectTo({ onnotice: boom });
    await sql`DO $$ BEGIN RAISE NOTICE 'one'; END $$`;
  },
  async 'a close callback that throws'() {
    const sql = connectTo({ onclose: boom });
    await sql`SELECT 1`;
    await sql.end();
  },
  async 'a types query that fails'() {
    // The driver has no handler for it.
    const sql = connectTo({ connection: { search_path: 'pg_catalog', statement_timeout: 1 }, max: 1 });
    await Promise.all(
      Array.from({ length: 3 }, () => sql`SELECT pg_sleep(1)`.catch(({ code }) => log('query', code))),
    );
    process.exit();
  },
  // The driver writes its ROLLBACK to a socket that is no longer there.
  async 'a transaction that loses its connection'() {
    const sql = connectTo({ backoff: 0.001 });
    const killer = connectTo();
    await sql
      .begin(async (tx) => {
        const [{ pid }] = await tx`SELECT pg_backend_pid() AS pid`;
        await Promise.all([tx`SELECT pg_sleep(100)`, killer`SELECT pg_terminate_backend(${pid})`]);
      })
      .catch(({ code }) => log('transaction', code));
    await sleep(50);
    process.exit();
  },
  async 'a query that is frozen'() {
    const query = Object.freeze(connectTo()`SELECT 1`);
    await query;
  },
  async 'everything ended'() {
    const sql = connectTo({ max: 3 });
    await Promise.all([sql`SELECT 1`, sql`SELECT 2`]);
    await sql.begin((tx) => tx`SELECT 3`);
    await sql.end();
  },
  async 'ended with listen'() {
    const sql = connectTo();
    await sql.listen('news', () => {});
    await sql.end();
  },
  async 'idle connections until their timeout'() {
    const sql = connectTo({ idle_timeout: 0.05 });
    await sql`SELECT 1`;
  },
  async 'process.exit with queries under way'() {
    const sql = connectTo();
    sql`SELECT pg_sleep(100)`.execute();
    await sleep(100);
    process.exit(7);
  },
  async 'process.exit with an idle connection'() {
    await connectTo()`SELECT 1`;
    process.exit();
  },
  async 'an exit code'() {
    process.exitCode = 3;
    const sql = connectTo();
    await sql`SELECT 1`;
    await sql.end();
  },
};

process.on('exit', (code) => log('exit', code));
process.on('beforeExit', () => log('beforeExit'));

const chosen = process.argv[2];
if (chosen === undefined) writeSync(1, JSON.stringify(Object.keys(endings)));
else endings[chosen]();
