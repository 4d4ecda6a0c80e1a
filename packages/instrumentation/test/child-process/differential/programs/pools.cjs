// pg-pool: requests, releases, events, limits, ends.
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');
const {
  pg,
  scene,
  log,
  logOutcome,
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
    log('new', Object.keys(pool), counts(pool), listeners(pool));
    const events = recorded(pool);
    const asked = pool.connect();
    log('asked', asked.constructor === Promise, counts(pool), events);
    const client = await asked;
    log('got', client instanceof pg.Client, counts(pool), events, listeners(client), Object.keys(client));
    log('release', typeof client.release, client.release.length, client.release.name);
    await client.query('SELECT 1');
    log('released', client.release(), counts(pool), events, listeners(client));
    const again = await pool.connect();
    log('again', again === client, counts(pool), events);
    again.release();
    log('pool', Object.keys(pool), listeners(pool));
  }),
);

scene('callback', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    for (const name of ['a new one', 'an idle one']) {
      await new Promise((resolve) => {
        const returned = pool.connect(function (...args) {
          log(name, this?.constructor?.name, args.length, ...args.map(brief), counts(pool), events);
          log('release', args[2] === args[1].release);
          args[2]();
          resolve();
        });
        log('returned', returned);
      });
    }
    log('end', counts(pool), events);
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
      log('waiting', counts(pool));
      client.release();
      await Promise.all(waiting);
      log('order', order, counts(pool));
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
      log('twice', error);
    }
    const broken = await pool.connect();
    let removal = removed(pool);
    broken.release(new RangeError('broken'));
    log('with an error', counts(pool), events);
    await removal;
    const closed = await pool.connect();
    removal = removed(pool);
    closed.release(true);
    log('true', counts(pool), events);
    await removal;
    const ended = await pool.connect();
    await ended.end();
    removal = removed(pool);
    ended.release();
    log('an ended one', counts(pool), events);
    await removal;
    log('later', events);
  }),
);

scene('failing', async () => {
  await withPool(
    async (pool) => {
      const events = recorded(pool);
      async function callerOfOurs() {
        return await pool.connect();
      }
      await logOutcome('connect', callerOfOurs());
      await logOutcome('query', pool.query('SELECT 1'));
      const [done, wasCalled] = callback('callback');
      pool.connect(done);
      await wasCalled;
      log('after', counts(pool), events);
    },
    { host: '127.0.0.1', port: 1 },
  );
  await withPool(async (pool) => logOutcome('password', pool.connect()), { password: 'wrong' });
});

scene('a timeout in the queue', () =>
  withPool(
    async (pool) => {
      const events = recorded(pool);
      const client = await pool.connect();
      const [done, wasCalled] = callback('callback');
      await impatiently(pool, () => logOutcome('promise', pool.connect()));
      impatiently(pool, () => pool.connect(done));
      await wasCalled;
      await impatiently(pool, () => logOutcome('query', pool.query('SELECT 1')));
      log('waiting', counts(pool));
      client.release();
      (await pool.connect()).release();
      log('after', counts(pool), events);
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
      await logOutcome('connect', pool.connect());
      log('after', counts(pool));
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
      log('events', events, counts(pool));
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
      log('expired', counts(pool), events);
      client.release();
      while (removals() < 2) await sleep(10);
      log('released', counts(pool), events.sort());
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
      log('events', events, counts(pool));
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
    log('error', error, client instanceof pg.Client, 'client' in error);
    while (!events.some((event) => event.startsWith('remove'))) await sleep(10);
    log('events', events, counts(pool));
    await logOutcome('a query', pool.query('SELECT 1 AS n'));
  }),
);

scene('a held connection that is lost', () =>
  withPool(async (pool) => {
    const events = recorded(pool);
    const client = await pool.connect();
    client.on('error', (error) => log('client error', error));
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await withClient((killer) => killer.query('SELECT pg_terminate_backend($1)', [rows[0].pid]));
    await ended;
    await logOutcome('a query', client.query('SELECT 1'));
    const removal = removed(pool);
    client.release();
    await removal;
    log('events', events, counts(pool));
  }),
);

scene('hooks of the pool', async () => {
  const onConnect = (client) =>
    client.query('SET search_path TO public').then(() => log('onConnect', brief(client)));
  const verify = (client, done) => client.query('SELECT 1', (error) => done(error));
  await withPool(
    async (pool) => {
      const events = recorded(pool);
      await logOutcome('query', pool.query('SHOW search_path'));
      await logOutcome('again', pool.query('SELECT 1 AS n'));
      log('events', events);
    },
    { onConnect, verify },
  );
  await withPool(async (pool) => logOutcome('verify refuses', pool.connect()), {
    verify: (_client, done) => done(new RangeError('not this one')),
  });
  if (!hasMinor(20)) return;
  await withPool(
    async (pool) => {
      await logOutcome('onConnect refuses', pool.connect());
      log('after', counts(pool));
    },
    {
      onConnect: () => {
        throw new RangeError('not this one');
      },
    },
  );
  await withPool(async (pool) => logOutcome('onConnect rejects', pool.query('SELECT 1')), {
    onConnect: () => Promise.reject(new RangeError('nor this')),
  });
});

scene('end', async () => {
  const pool = new pg.Pool();
  const events = recorded(pool);
  await pool.query('SELECT 1');
  const ended = pool.end();
  log('ending', ended.constructor === Promise, counts(pool));
  await logOutcome('connect while ending', pool.connect());
  const [done, wasCalled] = callback('connect while ending, callback');
  pool.connect(done);
  await wasCalled;
  await logOutcome('query while ending', pool.query('SELECT 1'));
  await logOutcome('end', ended);
  await logOutcome('end again', pool.end());
  const [again, wasCalledAgain] = callback('end again, callback');
  pool.end(again);
  await wasCalledAgain;
  log('events', events, counts(pool), pool.ended);
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
  await logOutcome('end', ended);
  await sleep(20);
  log('settled', settled, counts(pool));
});

scene('end of a pool that was never used', async () => {
  await logOutcome('promise', new pg.Pool().end());
  const [done, wasCalled] = callback('callback');
  log('returned', new pg.Pool().end(done));
  await wasCalled;
});

scene('a Client class of the user’s own', async () => {
  class Own extends pg.Client {
    query(...args) {
      log('own query', args.length);
      return super.query(...args);
    }
    connect(...args) {
      log('own connect', args.length);
      return super.connect(...args);
    }
  }
  await withPool(
    async (pool) => {
      await logOutcome('query', pool.query('SELECT 1 AS n'));
      const client = await pool.connect();
      log('client', client instanceof Own, Object.keys(client).length);
      client.release();
    },
    { Client: Own },
  );
});

scene('a Pool class of the user’s own', async () => {
  class Own extends pg.Pool {
    async connect(...args) {
      log('own connect', args.length);
      return super.connect(...args);
    }
  }
  const pool = new Own();
  const client = await pool.connect();
  await logOutcome('query', client.query('SELECT 1 AS n'));
  client.release();
  await logOutcome('end', pool.end());
});

scene('transactions', () =>
  withPool(async (pool) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('CREATE TEMP TABLE t (n int) ON COMMIT DROP');
      const failed = await outcome(client.query('INSERT INTO t VALUES ($1)', ['x']));
      log('failed', failed.rejected);
      await logOutcome('aborted', client.query('SELECT 1'));
      await logOutcome('rollback', client.query('ROLLBACK'));
    } finally {
      client.release();
    }
    log('after', counts(pool));
  }),
);
