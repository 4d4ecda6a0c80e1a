// Cursors, COPY, large objects, listen, notify and subscribe.
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
const { scene, log, logOutcome, withSql, has, postgres } = require(process.env.POSTGRES_STAGE);

const numbers = (sql, count) => sql`SELECT generate_series(1, ${count}::int) AS n`;

scene('a cursor with a function', () =>
  withSql(async (sql) => {
    const batches = [];
    await logOutcome(
      'by two',
      numbers(sql, 5).cursor(2, (rows) => {
        batches.push(rows.map(({ n }) => n));
      }),
    );
    log('batches', batches);
    await logOutcome(
      'by one',
      numbers(sql, 2).cursor((rows) => {
        log('row', rows);
      }),
    );
    await logOutcome(
      'async',
      numbers(sql, 3).cursor(1, async ([row]) => {
        await new Promise(setImmediate);
        log('row', row);
      }),
    );
    await logOutcome(
      'closed early',
      numbers(sql, 5).cursor(2, ([row]) => {
        log('row', row);
        return sql.CLOSE;
      }),
    );
    await logOutcome(
      'closed early, async',
      numbers(sql, 5).cursor(2, async ([row]) => {
        log('row', row);
        return sql.END;
      }),
    );
    await logOutcome(
      'a function that throws',
      numbers(sql, 5).cursor(2, () => {
        throw new RangeError('not this batch');
      }),
    );
    await logOutcome(
      'a function that rejects',
      numbers(sql, 5).cursor(2, async () => {
        throw new RangeError('not this batch');
      }),
    );
    await logOutcome(
      'failing',
      sql`SELECT 1 / (3 - n) FROM generate_series(1, ${5}::int) AS n`.cursor(1, ([row]) => {
        log('row', row);
      }),
    );
    await logOutcome(
      'failing at once',
      sql`SELECT * FROM missing`.cursor(1, () => {}),
    );
    await logOutcome(
      'no row',
      sql`SELECT 1 WHERE ${false}`.cursor(1, () => log('called')),
    );
    await logOutcome(
      'values',
      numbers(sql, 2)
        .values()
        .cursor(2, (rows) => {
          log('rows', rows);
        }),
    );
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
  }),
);

scene('a cursor as an iterator', () =>
  withSql(async (sql) => {
    for await (const rows of numbers(sql, 5).cursor(2)) log('rows', rows);
    for await (const [row] of numbers(sql, 2).cursor()) log('row', row);
    for await (const [row] of numbers(sql, 5).cursor(1)) {
      log('until the second', row);
      if (row.n === 2) break;
    }
    await logOutcome('after break', sql`SELECT 1 AS n`);
    try {
      for await (const [row] of numbers(sql, 5).cursor(1)) {
        log('until it throws', row);
        throw new RangeError('in the loop');
      }
    } catch (error) {
      log('threw', error);
    }
    await logOutcome('after throw', sql`SELECT 2 AS n`);
    try {
      for await (const [row] of sql`SELECT 1 / (3 - n) FROM generate_series(1, ${5}::int) AS n`.cursor(1)) {
        log('row', row);
      }
    } catch (error) {
      log('failing', error);
    }
    await logOutcome('after an error', sql`SELECT 3 AS n`);
    const cursor = numbers(sql, 2).cursor(1);
    log('cursor', Reflect.ownKeys(cursor).map(String));
    const iterator = cursor[Symbol.asyncIterator]();
    log('iterator', Object.keys(iterator));
    log('next', await iterator.next());
    log('next', await iterator.next());
    log('next', await iterator.next());
    log('next', await iterator.next());
    log('return', iterator.return());
  }),
);

scene('a cursor in a transaction', () =>
  withSql((sql) =>
    sql.begin(async (tx) => {
      for await (const [row] of numbers(tx, 3).cursor(1)) log('row', row, await Promise.resolve('between'));
      await logOutcome('after it', tx`SELECT 1 AS n`);
    }),
  ),
);

scene('COPY', () =>
  withSql(async (sql) => {
    await sql`CREATE TEMP TABLE t (n int)`;
    const query = sql`COPY t FROM STDIN`;
    const writable = await query.writable();
    log('writable', writable.constructor.name, writable.eventNames().map(String));
    await pipeline(Readable.from(['1\n', '2\n', '3\n']), writable);
    await logOutcome('rows', sql`SELECT count(*)::int AS n FROM t`);

    const readable = await sql`COPY t TO STDOUT`.readable();
    log('readable', readable.constructor.name, readable.eventNames().map(String));
    const chunks = [];
    for await (const chunk of readable) chunks.push(String(chunk));
    log('chunks', chunks);
    await logOutcome('after it', sql`SELECT 1 AS n`);

    await logOutcome('failing', sql`COPY missing TO STDOUT`.readable());
    await logOutcome('failing', sql`COPY missing FROM STDIN`.writable());
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
  }),
);

// The driver's writable finishes only at the connection's next statement.
scene('COPY FROM with bad data', () =>
  withSql(async (sql) => {
    if (!has(4, 9)) return;
    await sql`CREATE TEMP TABLE t (n int)`;
    const query = sql`COPY t FROM STDIN`;
    const writable = await query.writable();
    const events = [];
    for (const name of ['finish', 'close', 'error']) writable.on(name, () => events.push(name));
    writable.write('not a number\n');
    writable.end();
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
    log('events', events);
  }),
);

scene('COPY that is broken off', () =>
  withSql(async (sql) => {
    if (!has(4, 9)) return;
    await sql`CREATE TEMP TABLE t (n int)`;
    const writable = await sql`COPY t FROM STDIN`.writable();
    writable.on('error', (error) => log('error', error.message));
    writable.write('1\n');
    const refused = sql`SELECT 0 AS n`;
    await logOutcome('during COPY', refused);
    writable.destroy(new RangeError('enough'));
    await logOutcome('after it', sql`SELECT count(*)::int AS n FROM t`);
  }),
);

scene('a large object', () =>
  withSql(async (sql) => {
    if (!has(4)) return;
    const object = await sql.largeObject();
    log('object', Object.keys(object));
    const [{ lowrite }] = await object.write(Buffer.from('hello'));
    log('written', lowrite);
    await object.seek(1);
    log('read', await object.read(3), await object.size());
    await object.truncate(2);
    log('size', await object.size());
    await pipeline(Readable.from([Buffer.from('abc')]), await object.writable({ start: 2 }));
    const chunks = [];
    for await (const chunk of await object.readable({ end: 5 })) chunks.push(String(chunk));
    log('readable', chunks);
    await object.close();
    await logOutcome(
      'missing',
      sql.largeObject(1).then(() => 'opened'),
    );
    await logOutcome('the connection works on', sql`SELECT 1 AS n`);
  }),
);

scene('listen and notify', () =>
  withSql(async (sql) => {
    const received = [];
    let next;
    const arrived = () => new Promise((resolve) => (next = resolve));
    const first = arrived();
    const listening = sql.listen(
      'news',
      (payload) => {
        received.push(payload);
        next?.();
      },
      () => received.push('listening'),
    );
    log('returned', listening.constructor === Promise);
    const result = await listening;
    log('result', Object.keys(result), result.state && Object.keys(result.state));
    await logOutcome('notify', sql.notify('news', 'one'));
    await first;
    const second = arrived();
    await logOutcome('by hand', sql`SELECT pg_notify('news', 'two')`);
    await second;
    log('received', received);
    await logOutcome('unlisten', result.unlisten());
    await logOutcome('unlisten again', result.unlisten());
    await logOutcome('notify', sql.notify('news', 'three'));
    log('received', received);
    log('instance', sql.listen.sql?.options.max);
  }),
);

scene('subscribe', () =>
  withSql(async (sql) => {
    if (!has(4)) return;
    const table = `subscribed_${process.pid}`;
    await sql.unsafe(`CREATE TABLE ${table} (id int PRIMARY KEY, name text)`);
    await sql.unsafe(`CREATE PUBLICATION ${table} FOR TABLE ${table}`);
    try {
      await withSql(
        async (replicated) => {
          const events = [];
          let next;
          const arrived = (count) =>
            new Promise((resolve) => {
              next = () => events.length >= count && resolve();
              next();
            });
          const { unsubscribe, state } = await replicated.subscribe(
            '*',
            (row, { command, old }) => {
              events.push([command, row, old]);
              next?.();
            },
            () => log('subscribed'),
          );
          log('state', Object.keys(state));
          await replicated.unsafe(`INSERT INTO ${table} VALUES (1, 'a'), (2, 'b')`);
          await replicated.unsafe(`UPDATE ${table} SET name = 'c' WHERE id = 1`);
          await replicated.unsafe(`DELETE FROM ${table} WHERE id = 2`);
          await arrived(4);
          log('events', events);
          log('unsubscribe', unsubscribe());
        },
        { publications: table },
      );
    } finally {
      await sql.unsafe(`DROP PUBLICATION ${table}`);
      await sql.unsafe(`DROP TABLE ${table}`);
    }
  }),
);

scene('notices and parameters', async () => {
  const notices = [];
  const parameters = [];
  await withSql(
    async (sql) => {
      await sql`DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; END $$`;
      await sql`SET application_name = 'another'`;
      log('parameters', sql.parameters.application_name);
    },
    {
      onnotice: ({ severity, message, ...rest }) => notices.push([severity, message, Object.keys(rest)]),
      onparameter: (...args) => parameters.push(args),
    },
  );
  log('notices', notices);
  log(
    'parameters',
    parameters.filter(([name]) => name === 'application_name'),
  );
  log('statics', postgres.BigInt.parse('12'));
});
