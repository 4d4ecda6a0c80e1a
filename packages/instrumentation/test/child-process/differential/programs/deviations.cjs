// Logs the differences that docs/reference/compatibility.md lists, so that the list stays exact.
const { once } = require('node:events');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const { from: copyFrom, to: copyTo } = require('pg-copy-streams');
const { pg, scene, log, withClient, withPool } = require(process.env.STAGE);

scene('microtasks of pool.connect', () =>
  withPool(async (pool) => {
    await pool.query('SELECT 1');
    let turn = 0;
    let counting = true;
    const count = () => {
      turn += 1;
      if (counting) queueMicrotask(count);
    };
    pool.once('acquire', () => queueMicrotask(count));
    const client = await pool.connect();
    counting = false;
    client.release();
    log('turns of the microtask queue', turn);
  }),
);

/** Properties that an object gains while it runs, and those that are hidden from for-in. */
function compareRunning(name, object, run) {
  const inherited = () => {
    const names = [];
    for (const key in object) names.push(key);
    return names;
  };
  const before = { own: Object.getOwnPropertyNames(object), forIn: inherited() };
  run();
  const added = Object.getOwnPropertyNames(object).filter(
    (key) => !before.own.includes(key) && !DRIVERS.includes(key),
  );
  const forIn = inherited();
  log(
    `${name} has own properties more`,
    added.length > 0,
    added.filter((key) => Object.keys(object).includes(key)),
  );
  log(
    `${name} hides from for-in`,
    before.forIn.filter((key) => !forIn.includes(key)),
  );
}
/** Set by the drivers themselves when a query runs. */
const DRIVERS = ['callback', 'connection', '_result', '_eventsCount', 'cb_ReadyForQuery', 'chunks'];

scene('a submittable while it runs', () =>
  withClient(async (client) => {
    const query = new pg.Query('SELECT 1');
    compareRunning('pg.Query', query, () => client.query(query));
    await once(query, 'end');

    const cursor = new Cursor('SELECT 1');
    compareRunning('cursor', cursor, () => client.query(cursor));
    await cursor.close();

    const stream = new QueryStream('SELECT 1');
    compareRunning('query stream', stream, () => client.query(stream));
    await stream.resume().toArray();

    const to = copyTo('COPY (SELECT 1) TO STDOUT');
    compareRunning('COPY TO', to, () => client.query(to));
    await to.resume().toArray();

    await client.query('CREATE TEMP TABLE t (n int)');
    const from = copyFrom('COPY t FROM STDIN');
    compareRunning('COPY FROM', from, () => client.query(from));
    from.end('1\n');
    await once(from, 'finish');
  }),
);

scene('methods that are replaced', () => {
  const pool = Object.getPrototypeOf(pg.Pool.prototype);
  for (const [name, prototype] of Object.entries({
    Client: pg.Client.prototype,
    Query: pg.Query.prototype,
    Pool: pool,
  })) {
    const methods = Object.values(Object.getOwnPropertyDescriptors(prototype)).map(({ value }) => value);
    const functions = methods.filter(
      (method) => typeof method === 'function' && method !== prototype.constructor,
    );
    log(
      `${name} has functions where methods were`,
      functions.some((method) => Object.hasOwn(method, 'prototype')),
    );
    log(`${name} has symbols`, Object.getOwnPropertySymbols(prototype).map(String));
  }
});

scene('frames in the stack of what a callback throws', () =>
  withClient(async (client) => {
    const frames = await new Promise((resolve) => {
      client.query('SELECT 1', () => resolve(new Error('here').stack.split('\n').slice(1)));
    });
    log(
      'frames of the instrumentation',
      frames.filter((frame) => /inCallersContext|ContextManager|ContextAPI|AsyncLocalStorage/.test(frame))
        .length > 0,
    );
  }),
);

scene('listeners', async () => {
  const client = new pg.Client();
  await client.connect();
  log('the first event with a listener', client.connection.eventNames().map(String)[1]);
  await client.end();
});
