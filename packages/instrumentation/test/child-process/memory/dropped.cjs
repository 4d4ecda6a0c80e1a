// Pools and clients that the application drops, without end() where possible.
const { pg, track, kept } = require(process.env.STAGE);
const { setTimeout: sleep } = require('node:timers/promises');

const COUNT = 20;
const REFUSED = { host: '127.0.0.1', port: 1 };
/** Runs each in a separate function call, because a variable of the program would keep its value alive. */
const each = (make) => Promise.all(Array.from({ length: COUNT }, make));

const closed = { idleTimeoutMillis: 1 };

(async () => {
  await each(async () => {
    track('pool, used', new pg.Pool(closed));
  });
  await each(async () => {
    const pool = track('pool, whose connections were closed', new pg.Pool(closed));
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    await pool.query('SELECT $1::int', [1]);
    await removed;
  });
  await each(async () => {
    const pool = track('pool, ended', new pg.Pool());
    await pool.query('SELECT 1');
    await pool.end();
  });
  await each(async () => {
    await track('pool, unreachable', new pg.Pool(REFUSED))
      .query('SELECT 1')
      .catch(() => {});
  });
  await each(async () => {
    const pool = track('pool, ended while requests wait', new pg.Pool({ max: 1 }));
    const client = track('client, of such a pool', await pool.connect());
    pool.connect(() => {});
    pool.query('SELECT 1');
    const ended = pool.end();
    client.release();
    await ended;
  });
  const shared = new pg.Pool();
  await shared.query('SELECT 1');
  for (let request = 0; request < COUNT; request += 1) {
    await track('Proxy around a pool that lives on', new Proxy(shared, {})).query('SELECT 1');
  }
  await shared.query('SELECT 1');
  await each(async () => {
    track('client, never connected', new pg.Client());
  });
  await each(async () => {
    const client = track('client, ended', new pg.Client());
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
  });
  await each(async () => {
    await track('client, unreachable', new pg.Client(REFUSED))
      .connect()
      .catch(() => {});
  });
  await each(async () => {
    const client = track('client, lost', new pg.Client());
    client.on('error', () => {});
    await client.connect();
    const ended = new Promise((resolve) => client.once('end', resolve));
    const query = client.query('SELECT pg_sleep(10)').catch(() => {});
    client.connection.stream.destroy();
    await Promise.all([query, ended]);
  });
  await sleep(50);
  console.log(JSON.stringify(await kept()));
  await shared.end();
})();
