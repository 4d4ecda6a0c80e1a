// Client and Pool of Neon over WebSocket: results, errors, events, listeners, and a pool's queries over HTTP.
const { once } = require('node:events');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const ws = require('ws');
const {
  neon: driver,
  url,
  proxy,
  scene,
  log,
  logOutcome,
  outcome,
  callback,
  listeners,
  impatiently,
  withSettings,
} = require(process.env.NEON_STAGE);
const { Client, Pool, neonConfig } = driver;

/** The package `ws`, and what Node has since 22. */
const WebSockets = { ws, ...(globalThis.WebSocket && { global: globalThis.WebSocket }) };
const wrong = url.replace(/:[^:/@]+@/, ':wrong@');

/** The error of a WebSocket is an event and not an Error. */
const brief = (error) => [
  error?.constructor?.name,
  error instanceof Error,
  error?.type,
  error?.message,
  error?.code,
  error?.error?.code,
];

const rejection = async (what, promise) => {
  const { resolved, rejected } = await outcome(promise);
  log(what, rejected === undefined ? resolved : brief(rejected));
};

async function withClient(play, config = url) {
  const client = new Client(config);
  client.on('error', (error) => log('client error', brief(error)));
  await client.connect();
  try {
    return await play(client);
  } finally {
    await client.end();
  }
}

async function withPool(play, options) {
  const pool = new Pool({ connectionString: url, ...options });
  pool.on('error', (error) => log('pool error', brief(error)));
  try {
    return await play(pool);
  } finally {
    if (!pool.ending) await pool.end();
  }
}

const everyListener = ({ connection, ...client }) => [
  listeners(connection),
  listeners(connection.stream),
  Object.keys(client).sort(),
];

function play(name, action) {
  for (const [kind, webSocketConstructor] of Object.entries(WebSockets)) {
    for (const pipelineConnect of ['password', false]) {
      scene(`${name}, ${kind}, pipelineConnect ${pipelineConnect}`, () =>
        withSettings({ webSocketConstructor, pipelineConnect }, action),
      );
    }
  }
}

play('client', async () => {
  const client = new Client(url);
  log(
    'new',
    Object.keys(client),
    Object.keys(client.connection),
    client.neonConfig === client.connection.stream,
  );
  const events = [];
  for (const name of ['connect', 'end', 'error', 'notice'])
    client.on(name, (...args) => events.push([name, args.length]));
  const connected = client.connect();
  log('connecting', connected.constructor === Promise, listeners(client));
  log('connected', await connected, listeners(client));
  await logOutcome('query', client.query('SELECT $1::int AS n', [1]));
  log('listeners', everyListener(client));
  await logOutcome('config', client.query({ text: 'SELECT 1 AS n', rowMode: 'array', name: 'named' }));
  await logOutcome('failing', client.query('SELECT * FROM missing'));
  const [done, wasCalled] = callback('query');
  log('returned', client.query('SELECT 1 AS n', done));
  await wasCalled;
  await Promise.all(
    [1, 2, 3].map((n) => logOutcome(`queued ${n}`, client.query('SELECT $1::int AS n', [n]))),
  );
  await client.query("DO $$ BEGIN RAISE NOTICE 'noticed'; END $$");
  await logOutcome('connecting again', client.connect());
  const ended = client.end();
  log('ending', ended.constructor === Promise, await ended);
  await logOutcome('after the end', client.query('SELECT 1'));
  log('events', events, listeners(client));
});

play('client with callbacks', async () => {
  const client = new Client({ connectionString: url });
  const [connected, hasConnected] = callback('connect');
  log('returned', client.connect(connected));
  await hasConnected;
  const [done, wasCalled] = callback('query');
  client.query('SELECT * FROM missing', [], done);
  await wasCalled;
  const [ended, hasEnded] = callback('end');
  client.end(ended);
  await hasEnded;
});

play('a transaction', () =>
  withClient(async (client) => {
    await logOutcome('begin', client.query('BEGIN'));
    await logOutcome('insert', client.query('INSERT INTO items VALUES ($1) ON CONFLICT DO NOTHING', [1]));
    await logOutcome('failing', client.query('INSERT INTO items VALUES (1)'));
    await logOutcome('aborted', client.query('SELECT 1'));
    await logOutcome('rollback', client.query('ROLLBACK'));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
  }),
);

play('cursor and query stream', () =>
  withClient(async (client) => {
    const cursor = new Cursor('SELECT * FROM generate_series(1, 5) AS n');
    log('returned', client.query(cursor) === cursor);
    await logOutcome('read', cursor.read(2));
    await logOutcome('read', cursor.read(9));
    await logOutcome('close', cursor.close());
    const left = client.query(new Cursor('SELECT * FROM generate_series(1, 500) AS n'));
    await logOutcome('read', left.read(1));
    await logOutcome('close', left.close());
    const rows = client.query(new QueryStream('SELECT * FROM generate_series(1, 250) AS n'));
    let sum = 0;
    for await (const { n } of rows) sum += n;
    log('sum', sum);
    const failing = client.query(new Cursor('SELECT * FROM missing'));
    await logOutcome('failing', failing.read(1));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
  }),
);

play('a wrong password', async () => {
  const client = new Client(wrong);
  client.on('error', (error) => log('client error', brief(error)));
  const { rejected } = await outcome(client.connect());
  log('connect', rejected === undefined ? 'resolved' : brief(rejected));
  if (rejected === undefined) await rejection('query', client.query('SELECT 1'));
  await outcome(client.end());
  const idle = new Client(wrong);
  const failed = new Promise((resolve) => idle.on('error', (error) => resolve(brief(error))));
  const [done, wasCalled] = callback('connect');
  idle.connect((error) => done(error && brief(error)));
  await wasCalled;
  if (rejected === undefined) log('error event', await failed);
  await outcome(idle.end());
  const pool = new Pool({ connectionString: wrong });
  pool.on('error', () => {});
  await rejection('pool', pool.query('SELECT 1'));
  await pool.end();
});

play('password functions', async () => {
  const { username: user, password, hostname: host, port, pathname } = new URL(url);
  const config = { user, host, port: Number(port), database: pathname.slice(1) };
  let calls = 0;
  const counted = () => {
    calls += 1;
    return password;
  };
  await withClient((client) => logOutcome('function', client.query('SELECT 1 AS n')), {
    ...config,
    password: counted,
  });
  await withClient((client) => logOutcome('async', client.query('SELECT 1 AS n')), {
    ...config,
    password: async () => counted(),
  });
  log('calls', calls);
});

for (const fault of ['status:400', 'status:503', 'reset', 'close-before-auth', 'close-after-auth']) {
  play(fault, async () => {
    await withSettings({ wsProxy: () => `${proxy}?fault=${fault}` }, async () => {
      const client = new Client(url);
      const events = [];
      client.on('error', (error) => events.push(brief(error)));
      const ended = new Promise((resolve) => client.once('end', resolve));
      client.on('end', () => events.push('end'));
      await new Promise((resolve) => {
        // Asked in the callback: a moment later the client may know that its connection is lost.
        client.connect((error) => {
          log('connect', error ? brief(error) : 'connected');
          resolve(error ? undefined : rejection('query', client.query('SELECT 1 AS n')));
        });
      });
      await ended;
      log('events', events);
      await withPool((pool) => rejection('pool', pool.query('SELECT 1')));
    });
  });
}

play('a killed backend', async () => {
  const client = new Client(url);
  const events = [];
  client.on('error', (error) => events.push(error.message));
  const ended = new Promise((resolve) => client.once('end', resolve));
  await client.connect();
  await rejection('killed', client.query('SELECT pg_terminate_backend(pg_backend_pid())'));
  await ended;
  log('events', events);
  await rejection('after', client.query('SELECT 1'));
});

play('pool', () =>
  withPool(
    async (pool) => {
      log('new', Object.keys(pool), pool.constructor.name, listeners(pool));
      // In no certain order: a connection is closed at both ends.
      const events = {};
      for (const name of ['connect', 'acquire', 'release', 'remove'])
        pool.on(name, (...args) => {
          events[`${name} ${args.length}`] = (events[`${name} ${args.length}`] ?? 0) + 1;
        });
      await logOutcome('query', pool.query('SELECT $1::int AS n', [1]));
      await logOutcome('failing', pool.query('SELECT * FROM missing'));
      const [done, wasCalled] = callback('pool.query');
      log('returned', pool.query('SELECT 1 AS n', done));
      await wasCalled;
      const client = await pool.connect();
      log('client', client instanceof Client, listeners(client), Object.keys(client).sort());
      await client.query('BEGIN');
      await client.query('COMMIT');
      client.release();
      const [connected, hasConnected] = callback('pool.connect');
      pool.connect((error, client, release) => {
        connected(error, client, typeof release);
        release(true);
      });
      await hasConnected;
      await Promise.all(
        [1, 2, 3].map((n) => logOutcome(`waiting ${n}`, pool.query('SELECT $1::int AS n', [n]))),
      );
      log('counts', pool.totalCount, pool.idleCount, pool.waitingCount);
      log('ended', await pool.end(), events);
      await logOutcome('after', pool.query('SELECT 1'));
    },
    { max: 1 },
  ),
);

play('pool: timeouts and limits', async () => {
  await withPool(
    async (pool) => {
      const client = await pool.connect();
      await impatiently(pool, () => logOutcome('waited', pool.connect()));
      await client.release();
    },
    { max: 1 },
  );
  await withSettings({ wsProxy: () => `${proxy}?fault=delay:600000` }, () =>
    withPool((pool) => rejection('not connected', pool.query('SELECT 1')), { connectionTimeoutMillis: 50 }),
  );
  await withPool(
    async (pool) => {
      const removed = new Promise((resolve) => pool.once('remove', resolve));
      await pool.query('SELECT 1');
      await removed;
      log('idle', pool.totalCount);
    },
    { idleTimeoutMillis: 20 },
  );
  await withPool(
    async (pool) => {
      const pids = new Set();
      for (let time = 0; time < 4; time++) {
        const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
        pids.add(rows[0].pid);
      }
      log('maxUses', pids.size);
    },
    { maxUses: 2, max: 1 },
  );
  const pool = new Pool({ connectionString: url, max: 1 });
  const client = await pool.connect();
  let isSettled = false;
  pool.query('SELECT 1').finally(() => {
    isSettled = true;
  });
  const ended = pool.end();
  client.release();
  await ended;
  log('ended while one waits', isSettled);
});

scene('poolQueryViaFetch', () =>
  withSettings({ poolQueryViaFetch: true }, () =>
    withPool(async (pool) => {
      const queries = [
        ['text', 'SELECT 1 AS n'],
        ['values', 'SELECT $1::int AS n', [1]],
        ['config', { text: 'SELECT $1::int AS n', values: [1], rowMode: 'array' }],
        ['failing', 'SELECT * FROM missing'],
      ];
      for (const [name, ...args] of queries) await logOutcome(name, pool.query(...args));
      const [done, wasCalled] = callback('callback');
      log('returned', pool.query('SELECT 1 AS n', done));
      await wasCalled;
      const [failed, hasFailed] = callback('failing callback');
      pool.query('SELECT * FROM missing', [], failed);
      await hasFailed;
      log('connections', pool.totalCount, pool.hasFetchUnsupportedListeners, listeners(pool));
      const client = await pool.connect();
      await logOutcome('client', client.query('SELECT 1 AS n'));
      client.release();
      log('still', pool.hasFetchUnsupportedListeners, pool.totalCount);
      pool.on('connect', () => {});
      await logOutcome('over WebSocket', pool.query('SELECT 1 AS n'));
      log('then', pool.hasFetchUnsupportedListeners, pool.totalCount);
    }),
  ),
);

scene('no server', async () => {
  for (const [kind, webSocketConstructor] of Object.entries(WebSockets)) {
    await withSettings({ webSocketConstructor, wsProxy: () => '127.0.0.1:1/v2' }, async () => {
      const client = new Client(url);
      client.on('error', () => {});
      await rejection(kind, client.connect());
      await withPool((pool) => rejection(`${kind}, pool`, pool.query('SELECT 1')));
    });
  }
});

scene('settings and classes', async () => {
  const client = new Client(url);
  log('settings', client.neonConfig.wsProxy === neonConfig.wsProxy, Object.keys(client.neonConfig));
  log(
    'no constructor',
    await outcome(
      withSettings({ webSocketConstructor: undefined }, () =>
        globalThis.WebSocket ? 'it has one' : client.connect(),
      ),
    ),
  );
  class Own extends Client {
    async query(...args) {
      log('own query', args.length);
      return super.query(...args);
    }
  }
  const own = new Own(url);
  await own.connect();
  await logOutcome('own', own.query('SELECT 1 AS n'));
  await own.end();
  class OwnPool extends Pool {}
  const pool = new OwnPool({ connectionString: url });
  await logOutcome('own pool', pool.query('SELECT 1 AS n'));
  await pool.end();
  log(
    'instances',
    own instanceof Client,
    pool instanceof Pool,
    Object.getPrototypeOf(Client).name,
    Object.getPrototypeOf(Pool).name,
  );
  await logOutcome('bad calls', (async () => new Client(url).query(null))());
  await once(
    new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 1 }).on('error', () => {}),
    'none',
    { signal: AbortSignal.abort() },
  ).catch((error) => log('nothing', error.name));
});
