// Objects that go through client.query as they are: pg.Query, cursors, streams, COPY, and others' own.
const { once } = require('node:events');
const { finished, pipeline } = require('node:stream/promises');
const { Readable, Writable } = require('node:stream');
const { inspect } = require('node:util');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');
const { from: copyFrom, to: copyTo } = require('pg-copy-streams');
const { pg, scene, log, logOutcome, outcome, callback, listeners, withClient, withPool, hasMinor } = require(
  process.env.STAGE,
);

/** The visible properties of an object, while it runs or not. */
function seen(object) {
  return {
    keys: Object.keys(object),
    symbols: Object.getOwnPropertySymbols(object).map(String),
    json: jsonKeys(object),
    spread: Object.keys({ ...object }),
    frozen: [Object.isFrozen(object), Object.isExtensible(object)],
    listeners: object.eventNames === undefined ? undefined : listeners(object),
  };
}

/** Includes properties that differ while it runs (docs/reference/compatibility.md). */
function seenAtRest(object) {
  const forIn = [];
  for (const key in object) forIn.push(key);
  return {
    ...seen(object),
    forIn,
    own: Object.getOwnPropertyNames(object),
    inspected: inspect(object, { depth: 0 })
      .replace(/\n +at .*/g, '')
      .replace(/\d+/g, '#')
      .replace(/\[Function[^\]]*\]/g, '[Function]'),
  };
}

function jsonKeys(object) {
  try {
    return Object.keys(JSON.parse(JSON.stringify(object)));
  } catch (error) {
    return error.name;
  }
}
scene('pg.Query', () =>
  withClient(async (client) => {
    const query = new pg.Query('SELECT generate_series(1, 3) AS n');
    log('new', seenAtRest(query));
    const events = [];
    for (const name of ['row', 'end', 'error'])
      query.on(name, (...args) => events.push([name, args.length, args[0]]));
    const returned = client.query(query);
    log('returned', returned === query, seen(query));
    await once(query, 'end');
    log('events', events);
    log('after', seenAtRest(query));

    const failing = client.query(new pg.Query('SELECT * FROM missing'));
    const [error] = await once(failing, 'error');
    log('failing', error, seenAtRest(failing));

    const values = client.query(new pg.Query('SELECT $1::int AS n', [5]));
    log('values', (await once(values, 'end'))[0].rows);
    const named = client.query(new pg.Query({ name: 'q', text: 'SELECT $1::int AS n', values: [6] }));
    log('named', (await once(named, 'end'))[0].rows);
  }),
);

scene('pg.Query with a callback', () =>
  withClient(async (client) => {
    const [inQuery, wasCalled] = callback('in the query');
    const query = new pg.Query('SELECT 1 AS n', inQuery);
    log('returned', client.query(query) === query);
    await wasCalled;
    const [inCall, wasCalledToo] = callback('in the call');
    client.query(new pg.Query('SELECT 2 AS n'), inCall);
    await wasCalledToo;
    const [failing, hasFailed] = callback('failing');
    client.query(new pg.Query('SELECT * FROM missing', failing));
    await hasFailed;
  }),
);

scene('one pg.Query twice', () =>
  withClient(async (client) => {
    const query = new pg.Query('SELECT 1 AS n');
    client.query(query);
    log('first', (await once(query, 'end'))[0].rows);
    client.query(query);
    log('second', (await once(query, 'end'))[0].rows);
    log('after', seenAtRest(query));
  }),
);

scene('a subclass of pg.Query', () =>
  withClient(async (client) => {
    class Own extends pg.Query {
      handleReadyForQuery(...args) {
        log('own method', args.length);
        return super.handleReadyForQuery(...args);
      }
    }
    const query = client.query(new Own('SELECT 1 AS n'));
    log('end', (await once(query, 'end'))[0].rows, seen(query));
  }),
);

scene('cursor', () =>
  withClient(async (client) => {
    const cursor = new Cursor('SELECT * FROM generate_series(1, $1::int) AS n', [5]);
    log('new', seenAtRest(cursor));
    log('returned', client.query(cursor) === cursor, seen(cursor));
    await logOutcome('read', cursor.read(2));
    log('between', seen(cursor));
    const [done, wasCalled] = callback('read');
    log('returned', cursor.read(2, done));
    await wasCalled;
    await logOutcome('rest', cursor.read(10));
    await logOutcome('nothing', cursor.read(10));
    await logOutcome('close', cursor.close());
    log('after', seenAtRest(cursor));
    await logOutcome('read after close', cursor.read(1));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
  }),
);

scene('cursor, closed early', () =>
  withClient(async (client) => {
    const cursor = client.query(new Cursor('SELECT * FROM generate_series(1, 100) AS n'));
    const events = [];
    for (const name of ['row', 'end', 'error']) cursor.on(name, () => events.push(name));
    await cursor.read(3);
    const [done, wasCalled] = callback('close');
    cursor.close(done);
    await wasCalled;
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    log('events', events.length, [...new Set(events)]);

    const unread = client.query(new Cursor('SELECT 1'));
    await logOutcome('close without a read', unread.close());
    await logOutcome('the client', client.query('SELECT 2 AS n'));
    const [first, second] = [
      client.query(new Cursor('SELECT 1 AS n')),
      client.query(new Cursor('SELECT 2 AS n')),
    ];
    await logOutcome('first of two', first.read(5));
    await logOutcome('second of two', second.read(5));
  }),
);

scene('cursor, failing', () =>
  withClient(async (client) => {
    const cursor = client.query(new Cursor('SELECT * FROM missing'));
    await logOutcome('read', cursor.read(1));
    await logOutcome('read again', cursor.read(1));
    log('after', seenAtRest(cursor));
    const late = client.query(new Cursor('SELECT 1 / (3 - n) AS n FROM generate_series(1, 5) AS n'));
    await logOutcome('rows', late.read(2));
    await logOutcome('error', late.read(2));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    const unprepared = client.query(
      new Cursor('SELECT $1', [
        {
          toPostgres() {
            throw new RangeError('not this one');
          },
        },
      ]),
    );
    await logOutcome('a value that cannot be prepared', unprepared.read(1));
  }),
);

const stream = (...args) => new QueryStream(...args);

scene('query stream', () =>
  withClient(async (client) => {
    const rows = stream('SELECT * FROM generate_series(1, $1::int) AS n', [250]);
    log('new', seenAtRest(rows));
    log('returned', client.query(rows) === rows, seen(rows));
    const events = [];
    for (const name of ['end', 'close', 'error', 'readable']) rows.on(name, () => events.push(name));
    let sum = 0;
    for await (const { n } of rows) sum += n;
    log('sum', sum, [...new Set(events)]);
    log('after', seenAtRest(rows));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
  }),
);

scene('query stream, left early', () =>
  withClient(async (client) => {
    const rows = client.query(stream('SELECT * FROM generate_series(1, 10000) AS n', [], { batchSize: 7 }));
    const events = [];
    for (const name of ['end', 'close', 'error']) rows.on(name, (error) => events.push([name, error?.name]));
    for await (const { n } of rows) if (n === 10) break;
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    log('events', events, rows.destroyed);

    const destroyed = client.query(stream('SELECT * FROM generate_series(1, 10000) AS n'));
    await once(destroyed, 'readable');
    destroyed.destroy(new RangeError('enough'));
    await logOutcome('finished', finished(destroyed));
    await logOutcome('the client', client.query('SELECT 2 AS n'));

    const unread = client.query(stream('SELECT 1'));
    unread.destroy();
    await logOutcome('the client', client.query('SELECT 3 AS n'));
  }),
);

scene('query stream, failing', () =>
  withClient(async (client) => {
    const rows = client.query(stream('SELECT 1 / (500 - n) AS n FROM generate_series(1, 1000) AS n'));
    let count = 0;
    try {
      for await (const _ of rows) count += 1;
    } catch (error) {
      log('error', count, error);
    }
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    await logOutcome('at once', client.query(stream('SELECT * FROM missing')).toArray());
  }),
);

scene('query stream into a pipeline', () =>
  withPool(async (pool) => {
    const client = await pool.connect();
    const rows = client.query(
      stream('SELECT * FROM generate_series(1, 1000) AS n', [], { highWaterMark: 10 }),
    );
    let count = 0;
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(_row, _encoding, done) {
        count += 1;
        setImmediate(done);
      },
    });
    await pipeline(rows, slow);
    log('count', count, listeners(client));
    client.release();
  }),
);

scene('COPY TO', () =>
  withClient(async (client) => {
    const rows = copyTo('COPY (SELECT generate_series(1, 1000)) TO STDOUT');
    log('new', seenAtRest(rows));
    log('returned', client.query(rows) === rows, seen(rows));
    let bytes = 0;
    for await (const chunk of rows) bytes += chunk.length;
    log('bytes', bytes, rows.rowCount, seen(rows));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    const failing = client.query(copyTo('COPY missing TO STDOUT'));
    failing.resume();
    await logOutcome('failing', finished(failing));
    await logOutcome('the client', client.query('SELECT 2 AS n'));
  }),
);

scene('COPY FROM', () =>
  withClient(async (client) => {
    await client.query('CREATE TEMP TABLE t (n int)');
    const target = copyFrom('COPY t FROM STDIN');
    log('new', seenAtRest(target));
    log('returned', client.query(target) === target, seen(target));
    await pipeline(Readable.from(Array.from({ length: 1000 }, (_, n) => `${n}\n`)), target);
    await logOutcome('the client', client.query('SELECT count(*)::int AS n FROM t'));
    log('after', target.rowCount, seenAtRest(target));
    const bad = client.query(copyFrom('COPY t FROM STDIN'));
    await logOutcome('bad data', pipeline(Readable.from(['x\n']), bad));
    await logOutcome('the client', client.query('SELECT count(*)::int AS n FROM t'));
    const aborted = client.query(copyFrom('COPY t FROM STDIN'));
    aborted.write('1\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
    aborted.destroy(new RangeError('stop'));
    await logOutcome('aborted', finished(aborted));
    await logOutcome('the client', client.query('SELECT count(*)::int AS n FROM t'));
  }),
);

scene('an object of the user’s own', () =>
  withClient(async (client) => {
    const calls = [];
    const note = (name) =>
      function (...args) {
        calls.push([name, this === own, args.length]);
      };
    const own = {
      text: 'SELECT 1 AS n',
      submit(connection) {
        note('submit').call(this, connection);
        connection.query(this.text);
      },
      handleRowDescription: note('handleRowDescription'),
      handleDataRow: note('handleDataRow'),
      handleCommandComplete: note('handleCommandComplete'),
      handleReadyForQuery: note('handleReadyForQuery'),
      handleError: note('handleError'),
    };
    log('returned', client.query(own) === own, seen(own));
    await logOutcome('the client', client.query('SELECT 1 AS n'));
    log('calls', calls, seenAtRest(own));
    calls.length = 0;
    const frozen = Object.freeze({ ...own, callback: () => {} });
    log('frozen', (await outcome((async () => client.query(frozen) === frozen)())).resolved, seen(frozen));
    await logOutcome('the client', client.query('SELECT 2 AS n'));
    log(
      'calls',
      calls.map(([name]) => name),
      seen(frozen),
    );
  }),
);

scene(
  'a submittable through a pool',
  () =>
    hasMinor(20) &&
    withPool(async (pool) => {
      const query = new pg.Query('SELECT 1 AS n');
      const ended = once(query, 'end');
      const returned = pool.query(query);
      log('returned', returned === query, returned.constructor === Promise);
      log('end', (await ended)[0].rows);
    }),
);

scene('an early end of the connection', async () => {
  const client = new pg.Client();
  client.on('error', (error) => log('client error', error));
  await client.connect();
  const cursor = client.query(new Cursor('SELECT * FROM generate_series(1, 10) AS n'));
  await cursor.read(1);
  const [done, wasCalled] = callback('read');
  cursor.read(1, () => {
    cursor.read(1, done);
    client.connection.stream.destroy();
  });
  await wasCalled;
  await new Promise((resolve) => setImmediate(resolve));
  log('cursor', seenAtRest(cursor));
});
