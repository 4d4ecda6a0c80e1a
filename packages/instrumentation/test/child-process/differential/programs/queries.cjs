// Every way to hand a query to client.query, and what comes back.
const { pg, scene, log, logOutcome, callback, withClient, withPool, hasMinor } = require(process.env.STAGE);

scene('promise', () =>
  withClient(async (client) => {
    const promise = client.query('SELECT 1 AS one');
    log('returned', promise.constructor === Promise, Object.keys(promise));
    await logOutcome('text', promise);
    await logOutcome('text and values', client.query('SELECT $1::text AS a, $2::int AS b', ['x', 2]));
    await logOutcome('no values', client.query('SELECT 1', []));
    await logOutcome('config', client.query({ text: 'SELECT $1::int AS n', values: [1] }));
    await logOutcome('config and values', client.query({ text: 'SELECT $1::int AS n', values: [1] }, [2]));
    await logOutcome('rowMode', client.query({ text: 'SELECT 1, 2', rowMode: 'array' }));
    await logOutcome('binary', client.query({ text: 'SELECT 7::int4 AS n', binary: true }));
    await logOutcome(
      'types',
      client.query({ text: 'SELECT 1 AS n', types: { getTypeParser: () => (text) => `<${text}>` } }),
    );
    await logOutcome('rows', client.query({ text: 'SELECT generate_series(1, 5) AS n', rows: 2 }));
    await logOutcome('queryMode', client.query({ text: 'SELECT 1 AS n', queryMode: 'extended' }));
    await logOutcome(
      'many statements',
      client.query('SELECT 1 AS a; SELECT 2 AS b; CREATE TEMP TABLE t (n int)'),
    );
    await logOutcome('insert', client.query('INSERT INTO t VALUES (1), (2)'));
    await logOutcome('returning', client.query('INSERT INTO t VALUES ($1) RETURNING n', [3]));
    await logOutcome('update', client.query('UPDATE t SET n = n + 1'));
    await logOutcome('empty', client.query(''));
    await logOutcome('comment', client.query('-- nothing'));
    await logOutcome('values of all kinds', client.query('SELECT $1, $2, $3, $4, $5::jsonb', VALUES));
    await logOutcome('null', client.query('SELECT $1::text AS a', [null]));
    await logOutcome('lone surrogate', client.query('SELECT $1::text AS a', ['a\ud800b']));
  }),
);
const VALUES = ['a', Buffer.from('b'), new Date(0), [1, 'two', null], { c: 3 }];

scene('named statements', () =>
  withClient(async (client) => {
    await logOutcome('first', client.query({ name: 'n', text: 'SELECT $1::int AS n', values: [1] }));
    await logOutcome('again', client.query({ name: 'n', text: 'SELECT $1::int AS n', values: [2] }));
    await logOutcome('by name only', client.query({ name: 'n', values: [3] }));
    await logOutcome('another text', client.query({ name: 'n', text: 'SELECT 2' }));
    await logOutcome('an unknown name', client.query({ name: 'unknown' }));
    await logOutcome('a failing one', client.query({ name: 'bad', text: 'SELECT * FROM missing' }));
    await logOutcome('the failing one again', client.query({ name: 'bad', text: 'SELECT 1 AS n' }));
  }),
);

scene('callbacks', () =>
  withClient(async (client) => {
    const forms = {
      'text, callback': (done) => client.query('SELECT 1 AS n', done),
      'text, values, callback': (done) => client.query('SELECT $1::int AS n', [1], done),
      'text, undefined, callback': (done) => client.query('SELECT 1 AS n', undefined, done),
      'config, callback': (done) => client.query({ text: 'SELECT 1 AS n' }, done),
      'config, values, callback': (done) => client.query({ text: 'SELECT $1::int AS n' }, [1], done),
      'callback in config': (done) => client.query({ text: 'SELECT 1 AS n', callback: done }),
      'a failing text, callback': (done) => client.query('SELECT * FROM missing', done),
      'many statements, callback': (done) => client.query('SELECT 1; SELECT 2', done),
      'no text, callback': (done) => client.query({}, done),
    };
    for (const [name, query] of Object.entries(forms)) {
      const [done, wasCalled] = callback(name);
      log(`${name}: returned`, query(done));
      await wasCalled;
    }
  }),
);

scene('refused', () =>
  withClient(async (client) => {
    for (const [name, args] of Object.entries({
      'no argument': [],
      null: [null],
      'a number': [5],
      'no text': [{}],
      'an invalid text': [{ text: 5 }],
      'values that are no list': ['SELECT $1::int', 5],
      // The oldest pg breaks or hangs.
      ...(hasMinor(12)
        ? {
            'an invalid callback': ['SELECT 1', [], 5],
            'an invalid callback in config': [{ text: 'SELECT 1', callback: 5 }],
            'a circular value': ['SELECT $1', [circular()]],
          }
        : {}),
      'too few values': ['SELECT $1::int, $2::int', [1]],
    })) {
      try {
        await logOutcome(name, client.query(...args));
      } catch (error) {
        log(`${name}: threw`, error);
      }
    }
    await logOutcome('the client works on', client.query('SELECT 1 AS n'));
  }),
);

// After the first of these the oldest pg hangs, so each has a separate client.
scene('a value that cannot be prepared', () =>
  withClient((client) => {
    const value = {
      toPostgres() {
        throw new RangeError('not this one');
      },
    };
    return logOutcome('query', client.query('SELECT $1', [value]));
  }),
);

scene('a type parser that throws', () =>
  withClient(async (client) => {
    const getTypeParser = () => () => {
      throw new RangeError('not this row');
    };
    await logOutcome('query', client.query({ text: 'SELECT 1 AS n', types: { getTypeParser } }));
    await logOutcome('the client works on', client.query('SELECT 1 AS n'));
  }),
);

function circular() {
  const value = {};
  value.self = value;
  return value;
}

scene('errors of the server', () =>
  withClient(async (client) => {
    async function callerOfOurs() {
      return await client.query('SELECT * FROM missing');
    }
    await logOutcome('from an async function', callerOfOurs());
    await logOutcome('syntax', client.query('SELEC 1'));
    await logOutcome('division', client.query('SELECT 1 / $1::int', [0]));
    await client.query('CREATE TEMP TABLE u (n int PRIMARY KEY, CHECK (n > 0))');
    await logOutcome('unique', client.query('INSERT INTO u VALUES (1), (1)'));
    await logOutcome('check', client.query('INSERT INTO u VALUES ($1)', [-1]));
    await logOutcome(
      'raised',
      client.query(
        `DO $$ BEGIN RAISE EXCEPTION 'no' USING HINT = 'h', DETAIL = 'd', ERRCODE = 'P0042'; END $$`,
      ),
    );
    await logOutcome('statement_timeout', client.query(`SET statement_timeout = 20; SELECT pg_sleep(5)`));
  }),
);

scene('the queue of a client', () =>
  withClient(async (client) => {
    const order = [];
    client.on('drain', () => order.push('drain'));
    const queries = [
      client.query('SELECT 1').then(() => order.push(1)),
      client.query('SELECT * FROM missing').catch(() => order.push(2)),
      new Promise((resolve) => {
        client.query('SELECT 3', () => {
          order.push(3);
          resolve(client.query('SELECT 3.5').then(() => order.push(3.5)));
        });
      }),
      client.query(new pg.Query('SELECT 4')).on('end', () => order.push(4)),
      client.query('SELECT 5').then(() => order.push(5)),
    ];
    log('queued', client._queryQueue?.length ?? client.queryQueue.length);
    await Promise.all(queries);
    await client.query('SELECT 6');
    log('order', order);
  }),
);

scene('before connect and after end', async () => {
  const client = new pg.Client();
  const early = client.query('SELECT 1 AS early');
  await client.connect();
  await logOutcome('before connect', early);
  await client.end();
  await logOutcome('after end', client.query('SELECT 1'));
  const [done, wasCalled] = callback('after end, callback');
  log('returned', client.query('SELECT 1', done));
  await wasCalled;
});

scene('query_timeout', () =>
  withClient(
    async (client) => {
      await logOutcome('of the client', client.query('SELECT pg_sleep(0.3)'));
      await logOutcome('the next one', client.query({ text: 'SELECT 1 AS n', query_timeout: 120_000 }));
      if (hasMinor(13)) {
        await logOutcome('of the query', client.query({ text: 'SELECT pg_sleep(0.3)', query_timeout: 20 }));
      }
      const [done, wasCalled] = callback('callback');
      client.query({ text: 'SELECT pg_sleep(0.3)', query_timeout: 20 }, done);
      await wasCalled;
      await logOutcome('after it', client.query({ text: 'SELECT 2 AS n', query_timeout: 120_000 }));
    },
    { query_timeout: 50 },
  ),
);

scene('custom promise', async () => {
  class Own extends Promise {
    static made = 0;
    constructor(executor) {
      super(executor);
      Own.made += 1;
    }
  }
  const isOwn = (promise) => promise instanceof Own;
  const client = new pg.Client({ Promise: Own });
  const connected = client.connect();
  await connected;
  const query = client.query('SELECT 1 AS n');
  log('client', isOwn(connected), isOwn(query), (await query).rows);
  const failed = client.query('SELECT * FROM missing');
  await logOutcome('failing', failed);
  log('failing', isOwn(failed));
  const ended = client.end();
  await ended;
  log('end', isOwn(ended));
  const pool = new pg.Pool({ Promise: Own });
  const asked = pool.connect();
  (await asked).release();
  const queried = pool.query('SELECT 1');
  await queried;
  const over = pool.end();
  await over;
  log('pool', isOwn(asked), isOwn(queried), isOwn(over));
});

scene('a thenable of another kind', async () => {
  /** No subclass of Promise: what makes, settles and chains is another library's. */
  class Foreign {
    #inner;
    constructor(executor) {
      this.#inner = new Promise(executor);
    }
    // biome-ignore lint/suspicious/noThenProperty: that is what it is
    then(...args) {
      const next = new Foreign(() => {});
      next.#inner = this.#inner.then(...args);
      return next;
    }
    catch(onRejected) {
      return this.then(undefined, onRejected);
    }
    static resolve(value) {
      return new Foreign((resolve) => resolve(value));
    }
    static reject(error) {
      return new Foreign((_, reject) => reject(error));
    }
  }
  const client = new pg.Client({ Promise: Foreign });
  const connected = client.connect();
  log('connect', connected instanceof Foreign);
  await connected;
  const query = client.query('SELECT 1 AS n');
  log('query', query instanceof Foreign, (await query).rows);
  await logOutcome('failing', client.query('SELECT * FROM missing'));
  await client.end();
  await withPool(
    async (pool) => {
      const asked = pool.connect();
      log('pool.connect', asked instanceof Foreign);
      (await asked).release();
      const queried = pool.query('SELECT 1');
      log('pool.query', queried instanceof Foreign, (await queried).rows);
    },
    { Promise: Foreign },
  );
});

scene('pipeline', async () => {
  if (!hasMinor(23)) return;
  await withClient(
    async (client) => {
      const order = [];
      // When drain is emitted depends on how the answers come in.
      await Promise.all([
        logOutcome('first', client.query('SELECT 1 AS n')).then(() => order.push(1)),
        logOutcome('failing', client.query('SELECT * FROM missing')).then(() => order.push(2)),
        logOutcome('values', client.query('SELECT $1::int AS n', [3])).then(() => order.push(3)),
        logOutcome('named', client.query({ name: 'p', text: 'SELECT $1::int AS n', values: [4] })).then(() =>
          order.push(4),
        ),
        logOutcome('named again', client.query({ name: 'p', text: 'SELECT $1::int AS n', values: [5] })),
        logOutcome('rows', client.query({ text: 'SELECT 1', rows: 2 })),
      ]);
      log('order', order);
      log('query', client.query(new pg.Query('SELECT 6 AS n')).constructor.name);
      await logOutcome('last', client.query('SELECT 7 AS n'));
    },
    { pipeline: true },
  );
  const client = new pg.Client({ pipeline: true });
  client.on('error', (error) => log('client error', error));
  await client.connect();
  await Promise.all([
    logOutcome('timed out', client.query({ text: 'SELECT pg_sleep(2)', query_timeout: 30 })),
    logOutcome('behind it', client.query('SELECT 1')),
  ]);
  await logOutcome('end', client.end());
});

scene('a query given through a pool', () =>
  withPool(async (pool) => {
    await logOutcome('text', pool.query('SELECT 1 AS n'));
    await logOutcome('values', pool.query('SELECT $1::int AS n', [2]));
    await logOutcome('config', pool.query({ text: 'SELECT $1::int AS n', values: [3] }));
    await logOutcome('config and values', pool.query({ text: 'SELECT $1::int AS n' }, [4]));
    await logOutcome('rowMode', pool.query({ text: 'SELECT 1', rowMode: 'array' }));
    await logOutcome('failing', pool.query('SELECT * FROM missing'));
    await logOutcome('null', pool.query(null));
    await logOutcome(
      'a function',
      pool.query(() => {}),
    );
    for (const [name, query] of Object.entries({
      'text, callback': (done) => pool.query('SELECT 1 AS n', done),
      'values, callback': (done) => pool.query('SELECT $1::int AS n', [1], done),
      'config, callback': (done) => pool.query({ text: 'SELECT 1 AS n' }, done),
      'failing, callback': (done) => pool.query('SELECT * FROM missing', done),
      'null, callback': (done) => pool.query(null, done),
    })) {
      const [done, wasCalled] = callback(name);
      log(`${name}: returned`, query(done));
      await wasCalled;
    }
    async function callerOfOurs() {
      return await pool.query('SELECT * FROM missing');
    }
    await logOutcome('from an async function', callerOfOurs());
  }),
);
