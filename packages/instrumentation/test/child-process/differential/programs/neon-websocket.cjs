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
  tell,
  told,
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

/** Of a WebSocket it is an event, and no Error. */
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
  tell(what, rejected === undefined ? resolved : brief(rejected));
};

async function withClient(play, config = url) {
  const client = new Client(config);
  client.on('error', (error) => tell('client error', brief(error)));
  await client.connect();
  try {
    return await play(client);
  } finally {
    await client.end();
  }
}

async function withPool(play, options) {
  const pool = new Pool({ connectionString: url, ...options });
  pool.on('error', (error) => tell('pool error', brief(error)));
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
  tell(
    'new',
    Object.keys(client),
    Object.keys(client.connection),
    client.neonConfig === client.connection.stream,
  );
  const events = [];
  for (const name of ['connect', 'end', 'error', 'notice'])
    client.on(name, (...args) => events.push([name, args.length]));
  const connected = client.connect();
  tell('connecting', connected.constructor === Promise, listeners(client));
  tell('connected', await connected, listeners(client));
  await told('query', client.query('SELECT $1::int AS n', [1]));
  tell('listeners', everyListener(client));
  await told('config', client.query({ text: 'SELECT 1 AS n', rowMode: 'array', name: 'named' }));
  await told('failing', client.query('SELECT * FROM missing'));
  const [done, wasCalled] = callback('query');
  tell('returned', client.query('SELECT 1 AS n', done));
  await wasCalled;
  await Promise.all([1, 2, 3].map((n) => told(`queued ${n}`, client.query('SELECT $1::int AS n', [n]))));
  await client.query("DO $$ BEGIN RAISE NOTICE 'told'; END $$");
  await told('connecting again', client.connect());
  const ended = client.end();
  tell('ending', ended.constructor === Promise, await ended);
  await told('after the end', client.query('SELECT 1'));
  tell('events', events, listeners(client));
});

play('client with callbacks', async () => {
  const client = new Client({ connectionString: url });
  const [connected, hasConnected] = callback('connect');
  tell('returned', client.connect(connected));
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
    await told('begin', client.query('BEGIN'));
    await told('insert', client.query('INSERT INTO items VALUES ($1) ON CONFLICT DO NOTHING', [1]));
    await told('failing', client.query('INSERT INTO items VALUES (1)'));
    await told('aborted', client.query('SELECT 1'));
    await told('rollback', client.query('ROLLBACK'));
    await told('the client', client.query('SELECT 1 AS n'));
  }),
);

play('cursor and query stream', () =>
  withClient(async (client) => {
    const cursor = new Cursor('SELECT * FROM generate_series(1, 5) AS n');
    tell('returned', client.query(cursor) === cursor);
    await told('read', cursor.read(2));
    await told('read', cursor.read(9));
    await told('close', cursor.close());
    const left = client.query(new Cursor('SELECT * FROM generate_series(1, 500) AS n'));
    await told('read', left.read(1));
    await told('close', left.close());
    const rows = client.query(new QueryStream('SELECT * FROM generate_series(1, 250) AS n'));
    let sum = 0;
    for await (const { n } of rows) sum += n;
    tell('sum', sum);
    const failing = client.query(new Cursor('SELECT * FROM missing'));
    await told('failing', failing.read(1));
    await told('the client', client.query('SELECT 1 AS n'));
  }),
);

play('a wrong password', async () => {
  const client = new Client(wrong);
  client.on('error', (error) => tell('client error', brief(error)));
  const { rejected } = await outcome(client.connect());
  tell('connect', rejected === undefined ? 'resolved' : brief(rejected));
  if (rejected === undefined) await rejection('query', client.query('SELECT 1'));
  await outcome(client.end());
  const idle = new Client(wrong);
  const failed = new Promise((resolve) => idle.on('error', (error) => resolve(brief(error))));
  const [done, wasCalled] = callback('connect');
  idle.connect((error) => done(error && brief(error)));
  await wasCalled;
  if (rejected === undefined) tell('error event', await failed);
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
  await withClient((client) => told('function', client.query('SELECT 1 AS n')), {
    ...config,
    password: counted,
  });
  await withClient((client) => told('async', client.query('SELECT 1 AS n')), {
    ...config,
    password: async () => counted(),
  });
  tell('calls', calls);
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
          tell('connect', error ? brief(error) : 'connected');
          resolve(error ? undefined : rejection('query', client.query('SELECT 1 AS n')));
        });
      });
      await ended;
      tell('events', events);
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
  tell('events', events);
  await rejection('after', client.query('SELECT 1'));
});

play('pool', () =>
  withPool(
    async (pool) => {
      tell('new', Object.keys(pool), pool.constructor.name, listeners(pool));
      // In no certain order: a connection is closed at both ends.
      const events = {};
      for (const name of ['connect', 'acquire', 'release', 'remove'])
        pool.on(name, (...args) => {
          events[`${name} ${args.length}`] = (events[`${name} ${args.length}`] ?? 0) + 1;
        });
      await told('query', pool.query('SELECT $1::int AS n', [1]));
      await told('failing', pool.query('SELECT * FROM missing'));
      const [done, wasCalled] = callback('pool.query');
      tell('returned', pool.query('SELECT 1 AS n', done));
      await wasCalled;
      const client = await pool.connect();
      tell('client', client instanceof Client, listeners(client), Object.keys(client).sort());
      await client.query('BEGIN');
      await client.query('COMMIT');
      client.release();
      const [connected, hasConnected] = callback('pool.connect');
      pool.connect((error, client, release) => {
        connected(error, client, typeof release);
        release(true);
      });
      await hasConnected;
      await Promise.all([1, 2, 3].map((n) => told(`waiting ${n}`, pool.query('SELECT $1::int AS n', [n]))));
      tell('counts', pool.totalCount, pool.idleCount, pool.waitingCount);
      tell('ended', await pool.end(), events);
      await told('after', pool.query('SELECT 1'));
    },
    { max: 1 },
  ),
);

play('pool: timeouts and limits', async () => {
  await withPool(
    async (pool) => {
      const client = await pool.connect();
      await impatiently(pool, () => told('waited', pool.connect()));
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
      tell('idle', pool.totalCount);
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
      tell('maxUses', pids.size);
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
  tell('ended while one waits', isSettled);
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
      for (const [name, ...args] of queries) await told(name, pool.query(...args));
      const [done, wasCalled] = callback('callback');
      tell('returned', pool.query('SELECT 1 AS n', done));
      await wasCalled;
      const [failed, hasFailed] = callback('failing callback');
      pool.query('SELECT * FROM missing', [], failed);
      await hasFailed;
      tell('connections', pool.totalCount, pool.hasFetchUnsupportedListeners, listeners(pool));
      const client = await pool.connect();
      await told('client', client.query('SELECT 1 AS n'));
      client.release();
      tell('still', pool.hasFetchUnsupportedListeners, pool.totalCount);
      pool.on('connect', () => {});
      await told('over WebSocket', pool.query('SELECT 1 AS n'));
      tell('then', pool.hasFetchUnsupportedListeners, pool.totalCount);
    }),
  ),
);

scene('nobody there', async () => {
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
  tell('settings', client.neonConfig.wsProxy === neonConfig.wsProxy, Object.keys(client.neonConfig));
  tell(
    'no constructor',
    await outcome(
      withSettings({ webSocketConstructor: undefined }, () =>
        globalThis.WebSocket ? 'it has one' : client.connect(),
      ),
    ),
  );
  class Own extends Client {
    async query(...args) {
      tell('own query', args.length);
      return super.query(...args);
    }
  }
  const own = new Own(url);
  await own.connect();
  await told('own', own.query('SELECT 1 AS n'));
  await own.end();
  class OwnPool extends Pool {}
  const pool = new OwnPool({ connectionString: url });
  await told('own pool', pool.query('SELECT 1 AS n'));
  await pool.end();
  tell(
    'instances',
    own instanceof Client,
    pool instanceof Pool,
    Object.getPrototypeOf(Client).name,
    Object.getPrototypeOf(Pool).name,
  );
  await told('bad calls', (async () => new Client(url).query(null))());
  await once(
    new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 1 }).on('error', () => {}),
    'none',
    { signal: AbortSignal.abort() },
  ).catch((error) => tell('nothing', error.name));
});
