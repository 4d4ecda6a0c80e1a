// The arguments and the context of a query can be collected after the query, also while connections stay open.
const { AsyncLocalStorage } = require('node:async_hooks');
const { context, createContextKey, ROOT_CONTEXT } = require('@opentelemetry/api');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const { pg, track, kept } = require(process.env.STAGE);

const storage = new AsyncLocalStorage();
const KEY = createContextKey('request');
const COUNT = 20;

async function repeatedly(play) {
  for (let time = 0; time < COUNT; time++) await storage.run(track('store of the caller', {}), play);
}

(async () => {
  const pool = new pg.Pool({ max: 1 });
  const client = new pg.Client();
  await client.connect();

  await repeatedly(async () => {
    const values = track('values', [track('value', { toPostgres: () => '1' })]);
    const config = track('config', { text: 'SELECT $1::int AS n', values });
    track('result', await client.query(config));
  });
  await repeatedly(
    () =>
      new Promise((resolve) => {
        client.query(
          'SELECT 1',
          track('callback', (_error, result) => resolve(track('result', result))),
        );
      }),
  );
  await repeatedly(() =>
    client.query('SELECT * FROM missing').catch((error) => {
      track('error', error);
    }),
  );
  await repeatedly(async () => {
    const query = track('pg.Query', new pg.Query('SELECT 1'));
    const ended = new Promise((resolve) => query.once('end', resolve));
    client.query(query);
    await ended;
  });
  await repeatedly(async () => {
    const cursor = client.query(track('cursor', new Cursor('SELECT 1')));
    await cursor.read(10);
    await cursor.close();
  });
  const keptCursors = [];
  await repeatedly(() => {
    const itsContext = ROOT_CONTEXT.setValue(KEY, track('context of a cursor that is kept', {}));
    return context.with(itsContext, async () => {
      const cursor = client.query(new Cursor('SELECT 1'));
      keptCursors.push(cursor);
      await cursor.read(10);
      await cursor.close();
    });
  });
  await repeatedly(async () => {
    const rows = client.query(track('stream', new QueryStream('SELECT generate_series(1, 100)')));
    for await (const _ of rows) break;
  });
  await repeatedly(async () => {
    const held = await pool.connect();
    await held.query('SELECT 1');
    held.release();
  });
  await repeatedly(
    () =>
      new Promise((resolve) => {
        pool.query('SELECT 1', track('callback of the pool', resolve));
      }),
  );
  // The last query of a client is still known to pg.
  await client.query('SELECT 1');
  await pool.query('SELECT 1');
  console.log(JSON.stringify(await kept()));
  keptCursors.length = 0;

  // While a query runs, pg holds the values and the callback. Nothing else has to be held.
  const running = (() => {
    const config = track('config of a running query', { text: 'SELECT pg_sleep(1)' });
    return client.query(config);
  })();
  const { 'config of a running query': count } = await kept();
  console.log(JSON.stringify({ count }));
  await running;
  await Promise.all([client.end(), pool.end()]);
})();
