// begin, savepoints, prepared transactions and reserve.
const { scene, log, logOutcome, withSql, settled, has } = require(process.env.POSTGRES_STAGE);

const HAS_RESERVE = has(4);

scene('begin', () =>
  withSql(async (sql) => {
    await sql`CREATE TEMP TABLE t (n int)`;
    await logOutcome(
      'commit',
      sql.begin(async (tx) => {
        log('in it', tx === sql, Object.keys(tx), typeof tx.savepoint);
        await tx`INSERT INTO t VALUES (${1})`;
        return 'a result';
      }),
    );
    await logOutcome(
      'returned query',
      sql.begin((tx) => tx`SELECT count(*)::int AS n FROM t`),
    );
    await logOutcome(
      'list of queries',
      sql.begin((tx) => [tx`SELECT 1 AS a`, tx`SELECT ${2}::int AS b`]),
    );
    await logOutcome(
      'isolation',
      sql.begin('ISOLATION LEVEL SERIALIZABLE', (tx) => tx`SHOW transaction_isolation`),
    );
    await logOutcome(
      'read only',
      sql.begin('READ ONLY', (tx) => tx`INSERT INTO t VALUES (2)`),
    );
    await logOutcome(
      'roll back',
      sql.begin(async (tx) => {
        await tx`DELETE FROM t`;
        throw new RangeError('changed my mind');
      }),
    );
    await logOutcome(
      'throws at once',
      sql.begin(() => {
        throw new RangeError('at once');
      }),
    );
    await logOutcome(
      'a failing query',
      sql.begin(async (tx) => {
        await tx`SELECT * FROM missing`;
      }),
    );
    await logOutcome(
      'a failing query that is caught',
      sql.begin(async (tx) => {
        await tx`SELECT 1 / ${0}::int`.catch(({ code }) => log('caught', code));
        return 'not reached';
      }),
    );
    await logOutcome(
      'a failing query that nobody awaits',
      sql.begin((tx) => {
        tx`SELECT 1 / ${0}::int`.execute();
        return 'a result';
      }),
    );
    await logOutcome('rows', sql`SELECT * FROM t`);
    await logOutcome(
      'a fragment of the instance',
      sql.begin((tx) => tx`SELECT n FROM t ${sql`WHERE n = ${1}`}`),
    );
    await logOutcome(
      'pipelined',
      sql.begin((tx) => Promise.all([1, 2, 3].map((n) => tx`SELECT ${n}::int AS n`))),
    );
    await logOutcome(
      'refused',
      sql.begin('READ ONLY; DROP TABLE t', (tx) => tx`SELECT 1`),
    );
    await logOutcome('no function', sql.begin());
    await logOutcome('the instance works on', sql`SELECT 1 AS n`);
  }),
);

scene('savepoints', () =>
  withSql(async (sql) => {
    await sql`CREATE TEMP TABLE t (n int)`;
    await logOutcome(
      'nested',
      sql.begin(async (tx) => {
        await tx`INSERT INTO t VALUES (1)`;
        await logOutcome(
          'kept',
          tx.savepoint((inner) => inner`INSERT INTO t VALUES (2) RETURNING n`),
        );
        await logOutcome(
          'named',
          tx.savepoint('a_name', (inner) => inner`SELECT 3 AS n`),
        );
        await logOutcome(
          'rolled back',
          tx.savepoint(async (inner) => {
            await inner`INSERT INTO t VALUES (4)`;
            throw new RangeError('this one only');
          }),
        );
        await logOutcome(
          'failed',
          tx.savepoint((inner) => inner`SELECT * FROM missing`),
        );
        await logOutcome(
          'two deep',
          tx.savepoint((inner) =>
            inner.savepoint((innermost) => innermost`SELECT count(*)::int AS n FROM t`),
          ),
        );
        return tx`SELECT n FROM t ORDER BY 1`;
      }),
    );
    await logOutcome('after it', sql`SELECT n FROM t ORDER BY 1`);
  }),
);

scene('a prepared transaction', () =>
  withSql(async (sql) => {
    if (!has(4)) return;
    const name = `pg_otel_${process.pid}`;
    await logOutcome(
      'prepare',
      sql.begin(async (tx) => {
        await tx`SELECT 1`;
        tx.prepare(name);
        return 'prepared';
      }),
    );
    const [{ n }] = await sql`SELECT count(*)::int AS n FROM pg_prepared_xacts WHERE gid = ${name}`;
    log('prepared', n);
    await sql.unsafe(`COMMIT PREPARED '${name}'`);
  }),
);

scene('a transaction without begin', async () => {
  await withSql(async (sql) => {
    await logOutcome('begin', sql`BEGIN`);
    await logOutcome('commit', sql`COMMIT`);
  });
  const sqls = [];
  await withSql(
    async (sql) => {
      sqls.push(sql);
      await logOutcome('unsafe', sql`BEGIN`);
    },
    { max: 2 },
  );
});

scene('transactions at once', () =>
  withSql(
    async (sql) => {
      const order = [];
      await Promise.all(
        [1, 2, 3, 4].map((number) =>
          sql.begin(async (tx) => {
            const [{ n }] = await tx`SELECT ${number}::int AS n`;
            order.push(n);
          }),
        ),
      );
      log('order', order.sort());
      await logOutcome('after them', sql`SELECT 1 AS n`);
    },
    { max: 2 },
  ),
);

scene('reserve', () =>
  withSql(async (sql) => {
    if (!HAS_RESERVE) return;
    // The first request of an instance breaks 3.4.0.
    await sql`SELECT 1`;
    const reserved = await sql.reserve();
    log('reserved', reserved === sql, typeof reserved, Object.keys(reserved));
    await logOutcome('query', reserved`SELECT ${1}::int AS n`);
    await logOutcome('unsafe', reserved.unsafe('SELECT 2 AS n'));
    await logOutcome('failing', reserved`SELECT * FROM missing`);
    await logOutcome('begin', reserved`BEGIN`);
    await logOutcome('commit', reserved`COMMIT`);
    const waiting = sql`SELECT 3 AS n`.execute();
    await logOutcome('pipelined', Promise.all([1, 2, 3].map((n) => reserved`SELECT ${n}::int AS n`)));
    log('returned', reserved.release());
    await logOutcome('what waited', waiting);
    const again = await sql.reserve();
    const other = sql.reserve();
    again.release();
    const second = await other;
    await logOutcome('the second', second`SELECT 4 AS n`);
    second.release();
  }),
);

scene('reserve as the first request', () =>
  withSql(async (sql) => {
    if (!has(4, 9)) return;
    const reserved = await sql.reserve();
    await logOutcome('query', reserved`SELECT 1 AS n`);
    reserved.release();
    await logOutcome('after it', sql`SELECT 2 AS n`);
  }),
);

scene('reserve that fails', async () => {
  if (!has(4, 9)) return;
  await withSql((sql) => logOutcome('refused', sql.reserve()), { host: '127.0.0.1', port: 1 });
});

scene('an error in a transaction that waits', () =>
  withSql(async (sql) => {
    const first = sql.begin(async (tx) => {
      await tx`SELECT pg_sleep(0.01)`;
      throw new RangeError('first');
    });
    const second = sql.begin((tx) => tx`SELECT 1 AS n`);
    log('results', await Promise.all([settled(first), settled(second)]));
  }),
);
