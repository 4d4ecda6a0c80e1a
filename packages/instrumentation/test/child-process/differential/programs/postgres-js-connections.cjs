// Setup, end and loss of connections: results, errors, callbacks, order.
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { scene, log, logOutcome, outcome, withSql, connectTo, isRunning, settled } = require(
  process.env.POSTGRES_STAGE,
);

/** A server with the given behaviour for each socket. */
async function withServer(behave, play) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await play({ host: '127.0.0.1', port: server.address().port });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const REFUSED = { host: '127.0.0.1', port: 1 };

scene('ways in', async () => {
  for (const [name, args] of Object.entries({
    url: [process.env.URL, { max: 1 }],
    'url and options': [process.env.URL, { max: 1, connection: { application_name: 'mine' } }],
    'url with settings': [`${process.env.URL}?application_name=theirs`, { max: 1 }],
    'no prepared statements': [{ max: 1, prepare: false }],
    'no types': [{ max: 1, fetch_types: false }],
    'unix socket': [{ max: 1, host: process.env.SOCKET_FOLDER }],
    'path of a unix socket': [
      { max: 1, path: `${process.env.SOCKET_FOLDER}/.s.PGSQL.${process.env.PGPORT}` },
    ],
    'host name': [{ max: 1, host: 'localhost' }],
    'several hosts': [{ max: 1, host: ['127.0.0.1', '127.0.0.1'], port: [1, Number(process.env.PGPORT)] }],
    'password by function': [{ max: 1, pass: () => process.env.PGPASSWORD }],
    'password by async function': [{ max: 1, pass: async () => process.env.PGPASSWORD }],
    tls: [{ max: 1, ssl: { ca: process.env.CA } }],
    'tls, any certificate': [{ max: 1, ssl: 'require' }],
    'tls if there is': [{ max: 1, ssl: 'prefer' }],
    'a socket of the user’s': [
      {
        max: 1,
        socket: ({ host, port }) =>
          new Promise((resolve, reject) => {
            const socket = new net.Socket();
            socket.on('error', reject);
            socket.connect(port[0], host[0], () => resolve(socket));
          }),
      },
    ],
    'a writable session': [{ max: 1, target_session_attrs: 'read-write' }],
  })) {
    const sql = require(process.env.POSTGRES_STAGE).postgres(...args);
    await logOutcome(name, sql`SELECT current_setting('application_name') AS name`);
    await logOutcome(
      `${name}: again`,
      sql`SELECT ${[1, 2]}::int[] AS numbers`.catch(({ code }) => code),
    );
    log(`${name}: end`, await sql.end());
  }
});

scene('failing', async () => {
  for (const [name, options] of Object.entries({
    refused: REFUSED,
    'no such host': { host: 'nowhere.invalid' },
    'no such socket': { path: '/nowhere/.s.PGSQL.1' },
    'wrong password': { pass: 'wrong' },
    'no such database': { database: 'nothing' },
    'no such user': { user: 'nobody', pass: 'x' },
    'a bad certificate': { ssl: 'verify-full' },
    'an unknown setting': { connection: { nonsense: 1 } },
  })) {
    const closed = [];
    const sql = connectTo({ ...options, backoff: 0.001, onclose: (id) => closed.push(typeof id) });
    const callerOfOurs = async () => await sql`SELECT 1 AS n`;
    await logOutcome(name, callerOfOurs());
    await logOutcome(`${name}: again`, sql`SELECT 2 AS n`);
    await logOutcome(
      `${name}: transaction`,
      sql.begin((tx) => tx`SELECT 3 AS n`),
    );
    log(`${name}: end`, await sql.end({ timeout: 0 }));
  }
});

scene('a socket of the user’s that fails', async () => {
  const socket = async () => {
    throw new RangeError('no socket');
  };
  const sql = connectTo({ socket, backoff: 0.001 });
  await logOutcome('query', sql`SELECT 1`);
  await sql.end({ timeout: 0 });
});

scene('a server that hangs up', () =>
  withServer(
    (socket) => socket.once('data', () => socket.destroy()),
    async (address) => {
      // The driver tries for ever: the query waits.
      const sql = connectTo({ ...address, backoff: 0.001 });
      const query = sql`SELECT 1`.execute();
      const seen = settled(query);
      await sleep(50);
      await sql.end({ timeout: 0 });
      log('query', await seen);
    },
  ),
);

scene('a server that talks nonsense', () =>
  withServer(
    (socket) => socket.once('data', () => socket.end(Buffer.from('E\0\0\0\x0cMnonsense\0\0', 'latin1'))),
    async (address) => {
      const sql = connectTo({ ...address, backoff: 0.001 });
      await logOutcome('query', sql`SELECT 1`);
      await sql.end({ timeout: 0 });
    },
  ),
);

scene('a server that refuses TLS', () =>
  withServer(
    (socket) => socket.once('data', () => socket.end('N')),
    async (address) => {
      const sql = connectTo({ ...address, ssl: true, connect_timeout: 5, backoff: 0.001 });
      const { rejected } = await outcome(sql`SELECT 1`);
      log('query', rejected.constructor.name, rejected.code);
      await sql.end({ timeout: 0 });
    },
  ),
);

scene('connect_timeout', () =>
  withServer(
    () => {},
    async (address) => {
      const sql = connectTo({ ...address, connect_timeout: 0.05, backoff: 0.001 });
      const { rejected } = await outcome(sql`SELECT 1`);
      log('query', rejected.constructor.name, Object.keys(rejected), rejected.code);
      await sql.end({ timeout: 0 });
    },
  ),
);

scene('idle_timeout', async () => {
  const closed = [];
  const sql = connectTo({ idle_timeout: 0.01, onclose: (id) => closed.push(typeof id) });
  const pidOf = async () => (await sql`SELECT pg_backend_pid() AS pid`)[0].pid;
  const first = await pidOf();
  while (closed.length === 0) await sleep(5);
  const second = await pidOf();
  log('another connection', first !== second, closed);
  await sql.end();
});

scene('max_lifetime', async () => {
  const closed = [];
  const sql = connectTo({ max_lifetime: 0.05, onclose: (id) => closed.push(typeof id) });
  await sql`SELECT 1`;
  while (closed.length === 0) await sleep(5);
  await logOutcome('another connection', sql`SELECT 2 AS n`);
  await sql.end();
  const asked = [];
  const other = connectTo({
    max: 2,
    max_lifetime: () => {
      asked.push('max_lifetime');
      return 60;
    },
    idle_timeout: null,
  });
  await other`SELECT 1`;
  log('asked', asked);
  await other.end();
});

scene('end', async () => {
  const sql = connectTo({ max: 2 });
  const queries = [sql`SELECT 1 AS n`, sql`SELECT ${2}::int AS n`, sql.begin((tx) => tx`SELECT 3 AS n`)].map(
    outcome,
  );
  await new Promise(setImmediate);
  const ended = sql.end();
  log('end', ended.constructor === Promise, await ended);
  log('queries', await Promise.all(queries));
  await logOutcome('after end', sql`SELECT 1`);
  await logOutcome(
    'begin after end',
    sql.begin((tx) => tx`SELECT 1`),
  );
  await logOutcome('end again', sql.end());
  await connectTo().end();
});

scene('end with a timeout', async () => {
  const sql = connectTo();
  await sql`SELECT 1`;
  const running = logOutcome('running', sql`SELECT pg_sleep(100)`);
  const queued = logOutcome('queued', sql`SELECT 2`);
  await new Promise(setImmediate);
  await sql.end({ timeout: 0.02 });
  await Promise.all([running, queued]);
});

scene('close', async () => {
  const sql = connectTo();
  await sql`SELECT 1`;
  log('close', await sql.close());
  await sql.end({ timeout: 0 });
});

/** Between the driver and the server: loses connections in ways that do not depend on timing. */
async function withProxy(play) {
  const pairs = new Set();
  const server = net.createServer((socket) => {
    const upstream = net.connect(Number(process.env.PGPORT), '127.0.0.1');
    pairs.add(socket);
    socket.on('error', () => {});
    upstream.on('error', () => {});
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const lose = (how) => {
    for (const socket of pairs) how(socket);
    pairs.clear();
  };
  try {
    await play({ host: '127.0.0.1', port: server.address().port }, lose);
  } finally {
    lose((socket) => socket.destroy());
    server.close();
  }
}

const FATAL = Buffer.from('E\0\0\0\x1cSFATAL\0C57P01\0Mgoodbye\0\0', 'latin1');
const LOSSES = {
  closed: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
  // The driver gives this error to the first query on the next connection.
  'ended by the server': (socket) => socket.end(FATAL),
};

scene('a connection that is lost', () =>
  withSql((killer) =>
    withProxy(async (address, lose) => {
      for (const [way, how] of Object.entries(LOSSES)) {
        for (const [name, ask] of Object.entries({
          'a query': (sql) => sql`SELECT pg_sleep(100)`,
          'a cursor': (sql) => sql`SELECT pg_sleep(100) FROM generate_series(1, 2)`.cursor(1, () => {}),
          nothing: () => undefined,
        })) {
          const closed = [];
          const sql = connectTo({ ...address, backoff: 0.001, onclose: (id) => closed.push(typeof id) });
          const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
          const running = outcome(ask(sql));
          if (name !== 'nothing') await isRunning(killer, pid, 'pg_sleep');
          lose(how);
          await killer`SELECT pg_terminate_backend(${pid})`;
          const { rejected } = await running;
          while (closed.length === 0) await sleep(5);
          log(`${way}: ${name}`, rejected?.constructor.name, rejected?.code, Object.keys(rejected ?? {}));
          const next = () => outcome(sql`SELECT 1 AS n`).then((one) => one.rejected?.code ?? one.resolved);
          log(`${way}: ${name}: the next two`, await next(), await next());
          log(`${way}: ${name}: closed`, closed);
          await sql.end({ timeout: 0 });
        }
      }
    }),
  ),
);

scene('cancel', () =>
  withSql(async (other) => {
    const sql = connectTo();
    const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
    const running = sql`SELECT pg_sleep(100)`.execute();
    const seen = logOutcome('running', running);
    await isRunning(other, pid, 'pg_sleep');
    log('cancel', running.cancel());
    await seen;
    log('cancel again', running.cancel());
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
    await sql.end();
  }),
);

scene('cancel of a query that waits', () =>
  withSql(async (other) => {
    const sql = connectTo();
    const [{ pid }] = await sql`SELECT pg_backend_pid() AS pid`;
    const holding = sql.begin((tx) => tx`SELECT pg_sleep(100)`);
    const held = settled(holding);
    await isRunning(other, pid, 'pg_sleep');
    const waiting = sql`SELECT 1`.execute();
    const seen = logOutcome('waiting', waiting);
    await new Promise(setImmediate);
    log('cancel', waiting.cancel());
    await seen;
    await other`SELECT pg_cancel_backend(${pid})`;
    log('holding', await held);
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
    await sql.end();
  }),
);

// The driver keeps its connection for a query that it never sends.
scene('cancel before execution', () =>
  withSql(async (other) => {
    const sql = connectTo();
    await sql`SELECT 1`;
    const query = sql`SELECT 1 AS n`;
    log('cancel', query.cancel());
    await logOutcome('query', query);
    const states = ['pending', 'pending'];
    [sql`SELECT 2`, sql`SELECT 3`].forEach((later, index) => {
      later.then(
        () => (states[index] = 'resolved'),
        () => (states[index] = 'rejected'),
      );
    });
    for (let round = 0; round < 20; round++) await other`SELECT ${round}::int`;
    log('later', states);
    await sql.end({ timeout: 0 });
  }),
);

// Older versions leave timers and sockets that keep the process alive.
scene('the end', () => process.exit());
