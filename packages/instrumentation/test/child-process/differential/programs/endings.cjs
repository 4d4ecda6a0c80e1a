// How a process ends: one ending for each run, chosen by the first argument.
const { writeSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const { pg, log } = require(process.env.STAGE);

const REFUSED = { host: '127.0.0.1', port: 1 };
const boom = () => {
  throw new RangeError('boom');
};

const endings = {
  async 'a rejected query without a handler'() {
    const client = new pg.Client();
    await client.connect();
    client.query('SELECT * FROM missing');
  },
  async 'a rejected query of a pool without a handler'() {
    new pg.Pool().query('SELECT * FROM missing');
  },
  async 'a rejected pool.connect without a handler'() {
    new pg.Pool(REFUSED).connect();
  },
  async 'a rejected client.connect without a handler'() {
    new pg.Client(REFUSED).connect();
  },
  async 'a rejected pool.connect after end without a handler'() {
    const pool = new pg.Pool();
    await pool.end();
    pool.connect();
  },
  async 'a rejected query_timeout without a handler'() {
    const client = new pg.Client({ query_timeout: 20 });
    await client.connect();
    client.query('SELECT pg_sleep(1)');
  },
  async 'a listener of unhandledRejection'() {
    const given = new Map();
    const unhandled = [];
    const handled = [];
    process.on('unhandledRejection', (reason, promise) =>
      unhandled.push(`${given.get(promise)}: ${reason.message}`),
    );
    process.on('rejectionHandled', (promise) => handled.push(given.get(promise)));
    const client = new pg.Client();
    await client.connect();
    given.set(client.query('SELECT * FROM missing'), 'client.query');
    const pool = new pg.Pool();
    given.set(pool.query('SELECT * FROM missing'), 'pool.query');
    const unreachable = new pg.Pool(REFUSED);
    given.set(unreachable.connect(), 'pool.connect');
    given.set(new pg.Client(REFUSED).connect(), 'client.connect');
    while (unhandled.length < given.size) await sleep(10);
    for (const promise of given.keys()) promise.catch(() => {});
    while (handled.length < given.size) await sleep(10);
    log('unhandled', unhandled.sort(), handled.sort());
    await Promise.all([client.end(), pool.end(), unreachable.end()]);
  },
  async 'a callback of a query that throws'() {
    const client = new pg.Client();
    await client.connect();
    client.query('SELECT 1', boom);
  },
  async 'a callback of a failing query that throws'() {
    const client = new pg.Client();
    await client.connect();
    client.query('SELECT * FROM missing', boom);
  },
  async 'a callback of connect that throws'() {
    new pg.Client().connect(boom);
  },
  async 'a callback of a failing connect that throws'() {
    new pg.Client(REFUSED).connect(boom);
  },
  async 'a callback of pool.connect that throws'() {
    new pg.Pool().connect(boom);
  },
  async 'a callback of pool.query that throws'() {
    new pg.Pool().query('SELECT 1', boom);
  },
  async 'a row listener that throws'() {
    const client = new pg.Client();
    await client.connect();
    client.query(new pg.Query('SELECT 1')).on('row', boom);
  },
  async 'an end listener that throws'() {
    const client = new pg.Client();
    await client.connect();
    client.query(new pg.Query('SELECT 1')).on('end', boom);
  },
  async 'throwing callbacks with a listener of uncaughtException'() {
    let uncaught = 0;
    process.on('uncaughtException', (error, origin) => {
      uncaught += 1;
      log('uncaught', error, origin);
    });
    const thrown = async (ask) => {
      const before = uncaught;
      ask();
      while (uncaught === before) await sleep(10);
    };
    // An error in a callback makes its client unusable: pg does not continue with the next query.
    for (const ask of [
      (client) => client.query('SELECT 1', boom),
      (client) => client.query(new pg.Query('SELECT 1')).on('row', boom),
    ]) {
      const client = new pg.Client();
      await client.connect();
      await thrown(() => ask(client));
    }
    const pool = new pg.Pool();
    await thrown(() => pool.query('SELECT 1', boom));
    log('pool', pool.totalCount, pool.idleCount);
    process.exit();
  },
  async 'a failing pg.Query without a listener'() {
    const client = new pg.Client();
    await client.connect();
    client.query(new pg.Query('SELECT * FROM missing'));
  },
  async 'an error listener of a query that throws'() {
    const client = new pg.Client();
    await client.connect();
    client.query(new pg.Query('SELECT * FROM missing')).on('error', boom);
  },
  async 'an error listener of a client that throws'() {
    const client = new pg.Client();
    client.on('error', boom);
    await client.connect();
    client.connection.stream.destroy();
  },
  async 'a lost connection without a listener'() {
    const client = new pg.Client();
    await client.connect();
    client.connection.stream.destroy();
  },
  async 'a lost idle connection of a pool without a listener'() {
    const pool = new pg.Pool();
    const client = await pool.connect();
    client.release();
    client.connection.stream.destroy();
  },
  async 'an error listener of a pool that throws'() {
    const pool = new pg.Pool();
    pool.on('error', boom);
    const client = await pool.connect();
    client.release();
    client.connection.stream.destroy();
  },
  async 'a listener of a pool’s acquire that throws'() {
    const pool = new pg.Pool();
    pool.on('acquire', boom);
    pool.query('SELECT 1');
  },
  async 'releasing twice'() {
    const pool = new pg.Pool();
    const client = await pool.connect();
    client.release();
    client.release();
  },
  async 'everything ended'() {
    const pool = new pg.Pool();
    await pool.query('SELECT 1');
    await pool.end();
    const client = new pg.Client();
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
  },
  async 'idle connections that may be left'() {
    const pool = new pg.Pool({ allowExitOnIdle: true });
    await Promise.all([pool.query('SELECT 1'), pool.query('SELECT 2')]);
  },
  async 'idle connections until their timeout'() {
    const pool = new pg.Pool({ idleTimeoutMillis: 50 });
    await pool.query('SELECT 1');
  },
  async 'a client without a reference'() {
    const client = new pg.Client();
    await client.connect();
    await client.query('SELECT 1');
    client.unref();
  },
  async 'a client without a reference while a query runs'() {
    const client = new pg.Client();
    await client.connect();
    client.query('SELECT pg_sleep(5)');
    client.unref();
  },
  async 'a request that waits for ever'() {
    const pool = new pg.Pool({ max: 1, allowExitOnIdle: true, connectionTimeoutMillis: 60_000 });
    const client = await pool.connect();
    pool.connect(() => {});
    client.unref();
  },
  async 'process.exit with queries under way'() {
    const pool = new pg.Pool();
    pool.query('SELECT pg_sleep(5)');
    await sleep(100);
    process.exit(7);
  },
  async 'an exit code'() {
    process.exitCode = 3;
    const pool = new pg.Pool();
    await pool.query('SELECT 1');
    await pool.end();
  },
};

process.on('exit', (code) => log('exit', code));
process.on('beforeExit', () => log('beforeExit'));

const chosen = process.argv[2];
if (chosen === undefined) writeSync(1, JSON.stringify(Object.keys(endings)));
else endings[chosen]();
