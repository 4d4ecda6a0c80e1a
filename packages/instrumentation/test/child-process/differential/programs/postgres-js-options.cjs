// Options whose values are wrong, throw, or take effect in the middle of something else.
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { scene, log, logOutcome, outcome, withSql, connectTo, isRunning, has } = require(
  process.env.POSTGRES_STAGE,
);

const boom = () => {
  throw new RangeError('boom');
};
const port = Number(process.env.PGPORT);

/** Runs something, and then logs the rejections that nobody has handled. */
async function withUnhandled(play) {
  const rejections = [];
  const note = (error) => rejections.push(error.message ?? error);
  process.on('unhandledRejection', note);
  try {
    await play(rejections);
  } finally {
    await sleep(20);
    process.off('unhandledRejection', note);
    log('unhandled', rejections);
  }
}

scene('a socket that is not a function', async () => {
  for (const [name, socket] of Object.entries({ text: '/tmp/.s.PGSQL.5432', object: {}, true: true })) {
    const sql = connectTo({ socket, backoff: 0.001 });
    await logOutcome(name, sql`SELECT 1`);
    await sql.end({ timeout: 0 });
  }
  for (const [name, socket] of Object.entries({ null: null, false: false, 'an empty text': '', zero: 0 })) {
    await withSql((sql) => logOutcome(name, sql`SELECT 1 AS n`), { socket });
  }
});

/** A socket of the application. */
const ownSocket = () =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });

scene('a socket of the application, and queries that are cancelled', () =>
  withSql(async (other) => {
    const asked = [];
    const sql = connectTo({
      socket(...args) {
        asked.push([this === args[0], args.length, typeof args[0].shared]);
        return ownSocket();
      },
    });
    const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
    const first = sql`SELECT pg_sleep(100) AS first`.execute();
    const second = sql`SELECT pg_sleep(100) AS second`.execute();
    const ends = [logOutcome('first', first), second.catch(() => {})];
    await isRunning(other, pid, 'first');
    second.cancel();
    first.cancel();
    // Whether the second one is cancelled as well depends on when the requests arrive.
    await ends[0];
    await sql.end({ timeout: 0 });
    await ends[1];
    log('asked', asked);
  }),
);

scene('functions for values that throw', async () => {
  const types = (functions) => ({
    number: { to: 23, from: [23], serialize: String, parse: Number, ...functions },
  });
  for (const [name, options] of Object.entries({
    parse: { types: types({ parse: boom }) },
    serialize: { types: types({ serialize: boom }) },
    'column from': { transform: { column: boom } },
    'column to': { transform: { column: { to: boom } } },
    'value from': { transform: { value: boom } },
    'row from': { transform: { row: boom } },
  })) {
    await withSql(
      async (sql) => {
        await logOutcome(`${name}: rows`, sql`SELECT generate_series(1, 3) AS n`);
        await logOutcome(`${name}: a parameter`, sql`SELECT ${1}::int AS n`);
        await logOutcome(
          `${name}: for each`,
          sql`SELECT 1 AS n`.forEach(() => {}),
        );
        await logOutcome(`${name}: simple`, sql`SELECT 1 AS n`.simple());
        await logOutcome(
          `${name}: an array`,
          sql`SELECT ${[1]}::int[] AS n`.catch(({ message }) => message),
        );
        try {
          await logOutcome(`${name}: a helper`, sql`SELECT 'a' AS ${sql('n')}`);
        } catch (error) {
          log(`${name}: a helper: threw`, error.message);
        }
        // The driver hangs: it waits for the answer to a message that it has not sent.
        if (name === 'serialize') return;
        await logOutcome(
          `${name}: pipelined`,
          Promise.allSettled([1, 2, 3].map((n) => sql`SELECT ${n}::int AS n`)).then((all) =>
            all.map(({ status, reason }) => [status, reason?.message]),
          ),
        );
      },
      { fetch_types: false, ...options },
    );
  }
});

// The stack of the error is enumerable then.
scene('a debug function that throws', () =>
  withSql(
    async (sql) => {
      log('query', (await outcome(sql`SELECT 1 AS n`)).rejected?.message);
      log('a parameter', (await outcome(sql`SELECT ${1}::int AS n`)).rejected?.message);
    },
    { debug: boom, fetch_types: false },
  ),
);

scene('a backoff that throws', () =>
  withUnhandled(async (rejections) => {
    const sql = connectTo({ host: '127.0.0.1', port: 1, backoff: boom });
    await logOutcome('query', sql`SELECT 1`);
    while (rejections.length === 0) await sleep(5);
    await sql.end({ timeout: 0 });
  }),
);

scene('an onclose that throws', () =>
  withUnhandled(async (rejections) => {
    const sql = connectTo({ onclose: boom, backoff: 0.001 });
    const killed = sql`SELECT pg_terminate_backend(pg_backend_pid())`;
    log('killed', (await outcome(killed)).rejected?.constructor.name);
    while (rejections.length === 0) await sleep(5);
    // The driver gives the error of the server to the first query on the next connection.
    await outcome(sql`SELECT 1`);
    await logOutcome('the instance works on', sql`SELECT 1 AS n`);
    await sql.end({ timeout: 0 });
  }),
);

scene('a password that fails', async () => {
  if (!has(4, 9)) return;
  for (const [name, pass] of Object.entries({
    throws: boom,
    rejects: async () => boom(),
    'is undefined': () => undefined,
  })) {
    await withUnhandled(async () => {
      const sql = connectTo({ pass, connect_timeout: 1, backoff: 0.001 });
      const { rejected } = await outcome(sql`SELECT 1`);
      log(name, rejected?.code);
      await sql.end({ timeout: 0 });
    });
  }
});

scene('a lifetime that ends', async () => {
  const closed = [];
  const options = { max_lifetime: 1, onclose: (id) => closed.push(typeof id) };
  const pidOf = async (sql) => (await sql`SELECT pg_backend_pid() AS pid`)[0].pid;
  const expired = () => sleep(1100);
  await withSql(async (sql) => {
    let within;
    await logOutcome(
      'in a transaction',
      sql.begin(async (tx) => {
        within = await pidOf(tx);
        await expired();
        log('the same connection', within === (await pidOf(tx)), closed);
        return tx`SELECT 1 AS n`;
      }),
    );
    log('another connection', within !== (await pidOf(sql)), closed);
  }, options);
  closed.length = 0;
  if (!has(4, 9)) return;
  await withSql(async (sql) => {
    const reserved = await sql.reserve();
    const within = await pidOf(reserved);
    await expired();
    log('reserved: the same connection', within === (await pidOf(reserved)), closed);
    reserved.release();
    await logOutcome('after its release', sql`SELECT 1 AS n`);
    // The driver gives this query the connection that it closes.
    log('on the same connection', (await outcome(pidOf(sql))).rejected?.code);
    while (closed.length === 0) await sleep(5);
    log('another connection', within !== (await pidOf(sql)), closed);
  }, options);
});

scene('an end in the middle', async () => {
  const sql = connectTo();
  let ended;
  await logOutcome(
    'of a transaction',
    sql.begin(async (tx) => {
      await tx`SELECT 1 AS n`;
      ended = sql.end();
      await logOutcome('a query of the transaction', tx`SELECT 2 AS n`);
      await logOutcome('a query of the instance', sql`SELECT 3 AS n`);
      await logOutcome(
        'a savepoint',
        tx.savepoint((inner) => inner`SELECT 4 AS n`),
      );
      return 'a result';
    }),
  );
  log('ended', await ended);
  if (!has(4, 9)) return;
  const other = connectTo();
  const reserved = await other.reserve();
  const waiting = logOutcome('a query that waits', other`SELECT 5 AS n`);
  const next = logOutcome('reserve that waits', other.reserve());
  await new Promise(setImmediate);
  await logOutcome('end with a reservation that is never released', other.end({ timeout: 0.01 }));
  await Promise.all([waiting, next]);
  await logOutcome('the reservation', reserved`SELECT 6 AS n`);
});

/** Between the driver and the server: the server does not report this setting, like Postgres before 14. */
async function withOldServer(play) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    const upstream = net.connect(port, '127.0.0.1');
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => {});
    }
    socket.pipe(upstream);
    upstream.on('data', (data) => {
      socket.write(
        Buffer.from(data.toString('latin1').replace('in_hot_standby', 'in_hot_standb_'), 'latin1'),
      );
    });
    upstream.on('end', () => socket.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await play(server.address().port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

scene('hosts', async () => {
  const host = ['127.0.0.1', '127.0.0.1', 'localhost'];
  await withOldServer(async (old) => {
    for (const [name, options] of Object.entries({
      'the first': { port: [port, 1, 1] },
      'the last': { port: [1, 1, port] },
      'any, of a list in a text': { host: `127.0.0.1:1,127.0.0.1:${port}` },
      'a writable one': { port: [1, port, 1], target_session_attrs: 'read-write' },
      'a primary': { port: [1, old, 1], target_session_attrs: 'primary' },
      'a primary, of an old server': { port: [old, 1, 1], target_session_attrs: 'primary' },
    })) {
      // Older versions mistake a primary for a standby.
      if (name.includes('primary') && !has(4)) continue;
      await withSql(
        async (sql) => {
          await logOutcome(name, sql`SELECT 1 AS n`);
          await logOutcome(`${name}: again`, sql`SELECT ${2}::int AS n`);
        },
        { host, backoff: 0.001, ...options },
      );
    }
  });
  // The driver tries them for ever.
  const sql = connectTo({ host, port: [1, 1, 1], backoff: 0.001 });
  const query = outcome(sql`SELECT 1 AS n`);
  await sleep(50);
  await sql.end({ timeout: 0 });
  log('none', (await query).rejected instanceof Error);
});

scene('numbers that are texts', async () => {
  for (const [name, options] of Object.entries({
    max: { max: '3' },
    keep_alive: { keep_alive: '1' },
    'no keep_alive': { keep_alive: 0 },
    idle_timeout: { idle_timeout: '20' },
    max_lifetime: { max_lifetime: '20' },
    max_pipeline: { max_pipeline: '1' },
  })) {
    await withSql(async (sql) => {
      await logOutcome(name, sql`SELECT 1 AS n`);
      await logOutcome(`${name}: at once`, Promise.all([1, 2, 3].map((n) => sql`SELECT ${n}::int AS n`)));
    }, options);
  }
});

// Older versions leave timers and sockets that keep the process alive.
scene('the end', () => process.exit());
