// client.connect and client.end: results, errors, events, listeners.
const { once } = require('node:events');
const net = require('node:net');
const { pg, scene, log, logOutcome, outcome, callback, listeners, withClient, hasMinor } = require(
  process.env.STAGE,
);

/** The listeners on the client and on its connection and stream. */
function everyListener(client) {
  const { connection } = client;
  return {
    client: listeners(client),
    connection: listeners(connection),
    stream: listeners(connection.stream),
  };
}

const EVENTS = ['connect', 'end', 'drain', 'error', 'notice', 'notification'];
function recorded(emitter, names) {
  const events = [];
  for (const name of names) emitter.on(name, (...args) => events.push([name, args.length]));
  return events;
}

/** Unlike `once` of node:events, it does not listen for errors. */
const emitted = (emitter, name) => new Promise((resolve) => emitter.once(name, resolve));

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

scene('promise', async () => {
  const client = new pg.Client();
  log('new', everyListener(client), Object.keys(client));
  const connected = client.connect();
  log('connecting', everyListener(client).client, connected.constructor === Promise, Object.keys(client));
  const value = await connected;
  log('connected', value === client, everyListener(client), Object.keys(client));
  await client.query('SELECT 1');
  log('after a query', everyListener(client));
  const ended = client.end();
  log('ending', ended.constructor === Promise);
  log('ended', await ended, everyListener(client), Object.keys(client));
});

scene('callback', async () => {
  const client = new pg.Client();
  const events = recorded(client, EVENTS);
  const [done, wasCalled] = callback('connect');
  client.on('connect', () => log('event connect'));
  log('returned', client.connect(done));
  await wasCalled;
  await client.query('SELECT 1');
  const [ended, hasEnded] = callback('end');
  log('returned', client.end(ended));
  await hasEnded;
  log('events', events);
});

scene('a query in the callback of connect', async () => {
  const client = new pg.Client();
  const { rows } = await new Promise((resolve) => {
    client.connect(() => client.query('SELECT 1 AS n', (_, result) => resolve(result)));
  });
  log('rows', rows);
  await client.end();
});

scene('twice', async () => {
  const client = new pg.Client();
  await client.connect();
  await logOutcome('connect', client.connect());
  const [done, wasCalled] = callback('connect');
  client.connect(done);
  await wasCalled;
  await logOutcome('the client', client.query('SELECT 1 AS n'));
  await logOutcome('end', client.end());
  await logOutcome('end again', client.end());
  await logOutcome('connect after end', client.connect());
});

scene('twice at once', async () => {
  const client = new pg.Client();
  const both = [client.connect(), client.connect()];
  await Promise.race(both.map((promise) => promise.catch(() => {})));
  await logOutcome('second', both[1]);
  await client.end();
});

scene('end without connect', async () => {
  await logOutcome('end', new pg.Client().end());
});

scene('failing', async () => {
  const refused = { host: '127.0.0.1', port: 1 };
  for (const [name, config] of Object.entries({
    refused,
    'no such host': { host: 'nowhere.invalid' },
    'no such socket': { host: '/nowhere' },
    'wrong password': { password: 'wrong' },
    'no such database': { database: 'nothing' },
    'no such user': { user: 'nobody', password: 'x' },
    'a password that is refused': { password: () => Promise.reject(new RangeError('no password')) },
    'an invalid password': { password: () => 5 },
    'a bad certificate': { ssl: true },
  })) {
    const client = new pg.Client(config);
    const events = recorded(client, EVENTS);
    const ended = emitted(client, 'end');
    const callerOfOurs = async () => await client.connect();
    await logOutcome(name, callerOfOurs());
    // pg leaves some of these sockets open.
    client.connection.stream.destroy();
    await ended;
    log(`${name}: events`, events, everyListener(client));
  }
  const [done, wasCalled] = callback('refused, callback');
  const client = new pg.Client(refused);
  log('returned', client.connect(done));
  await wasCalled;
  log('listeners', everyListener(client));
});

scene('ways in', async () => {
  for (const [name, config] of Object.entries({
    url: process.env.URL,
    'url in a config': { connectionString: process.env.URL },
    'unix socket': { host: process.env.SOCKET_FOLDER },
    'host name': { host: 'localhost' },
    'password by function': { password: () => process.env.PGPASSWORD },
    'password by async function': { password: async () => process.env.PGPASSWORD },
    tls: { ssl: { ca: process.env.CA } },
    'keep alive': { keepAlive: true },
    'a stream of the user’s': { stream: () => new net.Socket() },
  })) {
    const client = new pg.Client(config);
    await logOutcome(
      name,
      client.connect().then((value) => value === client || value === undefined),
    );
    const ssl = client.connection.stream.encrypted === true;
    log(`${name}: connected`, ssl, everyListener(client));
    await client.end();
    log(`${name}: ended`, everyListener(client));
  }
  if (!hasMinor(22)) return;
  const direct = new pg.Client({ ssl: { ca: process.env.CA }, sslnegotiation: 'direct' });
  await logOutcome(
    'direct tls',
    direct.connect().then((value) => value === direct),
  );
  log('direct tls: listeners', everyListener(direct));
  await direct.end();
});

scene('a server that refuses TLS', () =>
  withServer(
    (socket) => socket.once('data', () => socket.write('N')),
    async (address) => {
      const client = new pg.Client({ ...address, ssl: true });
      await logOutcome('connect', client.connect());
      log('listeners', everyListener(client));
    },
  ),
);

scene('a server that hangs up', () =>
  withServer(
    (socket) => socket.once('data', () => socket.destroy()),
    async (address) => {
      const client = new pg.Client(address);
      await logOutcome('connect', client.connect());
      log('listeners', everyListener(client));
    },
  ),
);

scene('a server that talks nonsense', () =>
  withServer(
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    async (address) => {
      const client = new pg.Client(address);
      client.on('error', (error) => log('client error', error.name));
      await logOutcome('connect', client.connect());
    },
  ),
);

scene('connectionTimeoutMillis', () =>
  withServer(
    () => {},
    async (address) => {
      // Long enough for the socket to be connected before.
      const options = { ...address, connectionTimeoutMillis: 500 };
      const client = new pg.Client(options);
      await logOutcome('promise', client.connect());
      log('listeners', everyListener(client));
      const [done, wasCalled] = callback('callback');
      new pg.Client(options).connect(done);
      await wasCalled;
    },
  ),
);

scene('a connection that is lost', async () => {
  await withClient(async (killer) => {
    const client = new pg.Client();
    const events = recorded(client, EVENTS);
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const running = outcome(client.query('SELECT pg_sleep(5)'));
    const seenEnd = emitted(client, 'end');
    let isKilled = false;
    while (!isKilled) {
      const found = await killer.query(
        `SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%pg_sleep%'`,
        [rows[0].pid],
      );
      isKilled = found.rows[0]?.done === true;
    }
    const [{ rejected }] = await Promise.all([running, seenEnd]);
    log('running', rejected.code, rejected.message);
    log('events', events, everyListener(client));
    await logOutcome('after', client.query('SELECT 3'));
    await logOutcome('end', client.end());
  });
  const client = new pg.Client();
  client.on('error', (error) => log('client error', error));
  await client.connect();
  const running = logOutcome('running', client.query('SELECT pg_sleep(5)'));
  const queued = logOutcome('queued', client.query('SELECT 2'));
  client.connection.stream.destroy();
  await Promise.all([running, queued]);
  await logOutcome('after', client.query('SELECT 3'));
});

scene('end while queries run', async () => {
  const client = new pg.Client();
  client.on('error', (error) => log('client error', error));
  await client.connect();
  const queries = [
    logOutcome('first', client.query('SELECT 1 AS n')),
    logOutcome('second', client.query('SELECT 2 AS n')),
  ];
  await logOutcome('end', client.end());
  await Promise.all(queries);
});

scene('notices and notifications', () =>
  withClient(async (client) => {
    const order = [];
    client.on('notice', (notice) => order.push(['notice', notice.constructor.name, notice.message]));
    client.on('notification', ({ channel, payload }) => order.push(['notification', channel, payload]));
    client.on('drain', () => order.push(['drain']));
    await client.query('LISTEN news');
    order.push(['listening']);
    await client.query(`DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END $$`);
    order.push(['noticed']);
    await client.query(`NOTIFY news, 'hello'`);
    order.push(['notified']);
    await client.query('SELECT 1');
    log('order', order);
  }),
);

scene('cancel', () =>
  withClient(async (client) => {
    await Promise.all([
      logOutcome('cancelled', client.query('SELECT pg_sleep(5)')),
      withClient(async (other) => {
        let isCancelled = false;
        while (!isCancelled) {
          const { rows } = await other.query(
            `SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%pg_sleep%'`,
            [client.processID],
          );
          isCancelled = rows[0]?.done === true;
        }
      }),
    ]);
    await logOutcome('the client', client.query('SELECT 1 AS n'));
  }),
);
