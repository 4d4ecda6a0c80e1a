// pg-pool: requests, releases, events, limits, ends.
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const {
  pg,
  scene,
  tell,
  told,
  outcome,
  callback,
  brief,
  listeners,
  withClient,
  withPool,
  impatiently,
  hasMinor,
} = require(process.env.STAGE);

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error', 'drain'];
/** Everything a pool emits, in order, into one list. */
function recorded(pool) {
  const events = [];
  for (const name of EVENTS) {
    pool.on(name, (...args) => events.push([name, ...args.map((arg) => String(brief(arg)))].join(' ')));
  }
  return events;
}
/** Closing takes its time. */
const removed = (pool) => new Promise((resolve) => pool.once('remove', () => setImmediate(resolve)));
const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount, pool.expiredCount];

scene('promise', () =>
  withPool(async (pool) => {
    tell('new', Object.keys(pool), counts(pool), listeners(pool));
    const events = recorded(pool);
    const asked = pool.connect();
    tell('asked', asked.constructor === Promise, counts(pool), events);
    const client = await asked;
    tell('got', client instanceof pg.Client, counts(pool), events, listeners(client), Object.keys(client));
    tell('release', typeof client.release, client.release.length, client.release.name);
    await client.query('SELECT 1');
    tell('released', client.release(), counts(pool), events, listeners(client));
    const again = await pool.connect();
    tell('again', again === client, counts(pool), events);
    again.release();
    tell('pool', Object.keys(pool), listeners(pool));
  }),
);

scene('callback', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    for (const name of ['a new one', 'an idle one']) {
      await new Promise((resolve) => {
        const returned = pool.connect(function (...args) {
          tell(name, this?.constructor?.name, args.length, ...args.map(brief), counts(pool), events);
          tell('release', args[2] === args[1].release);
          args[2]();
          resolve();
        });
        tell('returned', returned);
      });
    }
    tell('end', counts(pool), events);
  }),
);

scene('those who wait', () =>
  withPool(
    async (pool) => {
      const order = [];
      const client = await pool.connect();
      const waiting = [
        pool.connect().then((other) => {
          order.push('first');
          other.release();
        }),
        new Promise((resolve) => {
          pool.connect((_error, other, release) => {
            order.push('second');
            release();
            resolve(other);
          });
        }),
        pool.query('SELECT 1').then(() => order.push('third')),
      ];
      tell('waiting', counts(pool));
      client.release();
      await Promise.all(waiting);
      tell('order', order, counts(pool));
    },
    { max: 1 },
  ),
);

scene('releases', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    const client = await pool.connect();
    client.release();
    try {
      client.release();
    } catch (error) {
      tell('twice', error);
    }
    const broken = await pool.connect();
    let removal = removed(pool);
    broken.release(new RangeError('broken'));
    tell('with an error', counts(pool), events);
    await removal;
    const closed = await pool.connect();
    removal = removed(pool);
    closed.release(true);
    tell('true', counts(pool), events);
    await removal;
    const ended = await pool.connect();
    await ended.end();
    removal = removed(pool);
    ended.release();
    tell('an ended one', counts(pool), events);
    await removal;
    tell('later', events);
  }),
);

scene('failing', async () => {
  await withPool(
    async (pool) => {
      const events = recorded(pool);
      async function callerOfOurs() {
        return await pool.connect();
      }
      await told('connect', callerOfOurs());
      await told('query', pool.query('SELECT 1'));
      const [done, wasCalled] = callback('callback');
      pool.connect(done);
      await wasCalled;
      tell('after', counts(pool), events);
    },
    { host: '127.0.0.1', port: 1 },
  );
  await withPool(async (pool) => told('password', pool.connect()), { password: 'wrong' });
});

scene('a timeout in the queue', () =>
  withPool(
    async (pool) => {
      const events = recorded(pool);
      const client = await pool.connect();
      const [done, wasCalled] = callback('callback');
      await impatiently(pool, () => told('promise', pool.connect()));
      impatiently(pool, () => pool.connect(done));
      await wasCalled;
      await impatiently(pool, () => told('query', pool.query('SELECT 1')));
      tell('waiting', counts(pool));
      client.release();
      (await pool.connect()).release();
      tell('after', counts(pool), events);
    },
    { max: 1 },
  ),
);

scene('a timeout while connecting', async () => {
  const net = require('node:net');
  const sockets = [];
  const server = net.createServer((socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await withPool(
    async (pool) => {
      await told('connect', pool.connect());
      tell('after', counts(pool));
    },
    { host: '127.0.0.1', port, max: 1, connectionTimeoutMillis: 400 },
  );
  for (const socket of sockets) socket.destroy();
  server.close();
});

scene('maxUses', () =>
  withPool(
    async (pool) => {
      const events = recorded(pool);
      await pool.query('SELECT 1');
      const removal = removed(pool);
      await pool.query('SELECT 2');
      await removal;
      await pool.query('SELECT 3');
      tell('events', events, counts(pool));
    },
    { maxUses: 2 },
  ),
);

scene('maxLifetimeSeconds', () =>
  withPool(
    async (pool) => {
      const events = recorded(pool);
      const client = await pool.connect();
      await pool.query('SELECT 1');
      const removals = () => events.filter((event) => event.startsWith('remove')).length;
      while (removals() < 1) await sleep(10);
      tell('expired', counts(pool), events);
      client.release();
      while (removals() < 2) await sleep(10);
      tell('released', counts(pool), events.sort());
    },
    { maxLifetimeSeconds: 0.1 },
  ),
);

scene('idleTimeoutMillis', () =>
  withPool(
    async (pool) => {
      const events = recorded(pool);
      await pool.query('SELECT 1');
      await once(pool, 'remove');
      tell('events', events, counts(pool));
    },
    { idleTimeoutMillis: 20 },
  ),
);

scene('an idle connection that is lost', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
    const lost = new Promise((resolve) => pool.once('error', (...args) => resolve(args)));
    await withClient((killer) => killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]));
    const [error, client] = await lost;
    tell('error', error, client instanceof pg.Client, 'client' in error);
    while (!events.some((event) => event.startsWith('remove'))) await sleep(10);
    tell('events', events, counts(pool));
    await told('a query', pool.query('SELECT 1 AS n'));
  }),
);

scene('a held connection that is lost', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    const client = await pool.connect();
    client.on('error', (error) => tell('client error', error));
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await withClient((killer) => killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]));
    await ended;
    await told('a query', client.query('SELECT 1'));
    const removal = removed(pool);
    client.release();
    await removal;
    tell('events', events, counts(pool));
  }),
);

scene('hooks of the pool', async () => {
  const onConnect = (client) =>
    client.query('SET search_path TO public').then(() => tell('onConnect', brief(client)));
  const verify = (client, done) => client.query('SELECT 1', (error) => done(error));
  await withPool(
    async (pool) => {
      const events = recorded(pool);
      await told('query', pool.query('SHOW search_path'));
      await told('again', pool.query('SELECT 1 AS n'));
      tell('events', events);
    },
    { onConnect, verify },
  );
  await withPool(async (pool) => told('verify refuses', pool.connect()), {
    verify: (_client, done) => done(new RangeError('not this one')),
  });
  if (!hasMinor(20)) return;
  await withPool(
    async (pool) => {
      await told('onConnect refuses', pool.connect());
      tell('after', counts(pool));
    },
    {
      onConnect: () => {
        throw new RangeError('not this one');
      },
    },
  );
  await withPool(async (pool) => told('onConnect rejects', pool.query('SELECT 1')), {
    onConnect: () => Promise.reject(new RangeError('nor this')),
  });
});

scene('end', async () => {
  const pool = new pg.Pool();
  const events = recorded(pool);
  await pool.query('SELECT 1');
  const ended = pool.end();
  tell('ending', ended.constructor === Promise, counts(pool));
  await told('connect while ending', pool.connect());
  const [done, wasCalled] = callback('connect while ending, callback');
  pool.connect(done);
  await wasCalled;
  await told('query while ending', pool.query('SELECT 1'));
  await told('end', ended);
  await told('end again', pool.end());
  const [again, wasCalledAgain] = callback('end again, callback');
  pool.end(again);
  await wasCalledAgain;
  tell('events', events, counts(pool), pool.ended);
});

scene('end while requests wait', async () => {
  const pool = new pg.Pool({ max: 1 });
  const client = await pool.connect();
  let settled = 0;
  const count = () => {
    settled += 1;
  };
  pool.connect().then(count, count);
  pool.query('SELECT 1').then(count, count);
  pool.connect(count);
  const ended = pool.end();
  client.release();
  await told('end', ended);
  await sleep(20);
  tell('settled', settled, counts(pool));
});

scene('end of a pool that was never used', async () => {
  await told('promise', new pg.Pool().end());
  const [done, wasCalled] = callback('callback');
  tell('returned', new pg.Pool().end(done));
  await wasCalled;
});

scene('a Client class of the user’s own', async () => {
  class Own extends pg.Client {
    query(...args) {
      tell('own query', args.length);
      return super.query(...args);
    }
    connect(...args) {
      tell('own connect', args.length);
      return super.connect(...args);
    }
  }
  await withPool(
    async (pool) => {
      await told('query', pool.query('SELECT 1 AS n'));
      const client = await pool.connect();
      tell('client', client instanceof Own, Object.keys(client).length);
      client.release();
    },
    { Client: Own },
  );
});

scene('a Pool class of the user’s own', async () => {
  class Own extends pg.Pool {
    async connect(...args) {
      tell('own connect', args.length);
      return super.connect(...args);
    }
  }
  const pool = new Own();
  const client = await pool.connect();
  await told('query', client.query('SELECT 1 AS n'));
  client.release();
  await told('end', pool.end());
});

scene('transactions', () =>
  withPool(async (pool) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('CREATE TEMP TABLE t (n int) ON COMMIT DROP');
      const failed = await outcome(client.query('INSERT INTO t VALUES ($1)', ['x']));
      tell('failed', failed.rejected);
      await told('aborted', client.query('SELECT 1'));
      await told('rollback', client.query('ROLLBACK'));
    } finally {
      client.release();
    }
    tell('after', counts(pool));
  }),
);
