// Laziness, and the order of queries, callbacks, promises, microtasks and ticks.
const { AsyncLocalStorage } = require('node:async_hooks');
const { scene, log, logOutcome, withSql, settled } = require(process.env.POSTGRES_STAGE);

/** A list that notes what happens. */
function timeline() {
  const line = [];
  return { line, note: (what) => line.push(what) };
}

scene('laziness', () =>
  withSql(async (sql) => {
    await sql`CREATE TEMP TABLE t (n int)`;
    const never = sql`INSERT INTO t VALUES (1)`;
    const held = sql`INSERT INTO t VALUES (2)`;
    log('not executed', never.executed, held.executed, never.active);
    await logOutcome('rows', sql`SELECT count(*)::int AS n FROM t`);
    const both = held.then((rows) => rows.count);
    log('executed', held.executed, await both);
    held.then(() => {});
    held.catch(() => {});
    await held.finally(() => {});
    await logOutcome('once', sql`SELECT n FROM t`);
    log('never', never.executed);
  }),
);

scene('of queries', () =>
  withSql(async (sql) => {
    await sql`SELECT 1`;
    const { line, note } = timeline();
    await Promise.all([
      sql`SELECT 1`.then(() => note('first')),
      sql`SELECT * FROM missing`.catch(() => note('second, failing')),
      sql`SELECT ${3}::int`.then(() => note('third')),
      sql.unsafe('SELECT 4').then(() => note('fourth')),
      sql`SELECT 5`.values().then(() => note('fifth')),
      sql`SELECT 6`.forEach(() => {}).then(() => note('sixth')),
    ]);
    log('one connection', line);
  }),
);

scene('microtasks', () =>
  withSql(async (sql) => {
    await sql`SELECT 1`;
    const turnsUntil = async (promise) => {
      let turn = 0;
      let counting = true;
      const count = () => {
        turn += 1;
        if (counting) queueMicrotask(count);
      };
      queueMicrotask(count);
      await promise;
      counting = false;
      return turn;
    };
    // From the call to the handler, which sends the query.
    const query = sql`SELECT 1`;
    const { line, note } = timeline();
    const original = query.handler;
    query.handler = (...args) => {
      note('handler');
      return original(...args);
    };
    const seen = query.then(() => note('then'));
    note('called');
    for (let turn = 1; turn <= 4; turn++) await Promise.resolve().then(() => note(`turn ${turn}`));
    await seen;
    log('handler', line);

    // From the answer to the caller.
    const answered = sql`SELECT 2`;
    const { resolve } = answered;
    let turns;
    answered.resolve = (value) => {
      turns = turnsUntil(answered);
      return resolve(value);
    };
    await answered;
    log('resolve', await turns);
    const failed = sql`SELECT * FROM missing`;
    const { reject } = failed;
    failed.reject = (value) => {
      turns = turnsUntil(settled(failed));
      return reject(value);
    };
    await settled(failed);
    log('reject', await turns);
  }),
);

scene('rows, batches and ticks', () =>
  withSql(async (sql) => {
    await sql`SELECT 1`;
    const { line, note } = timeline();
    await sql`SELECT generate_series(1, 2) AS n`.forEach(({ n }) => {
      note(`row ${n}`);
      process.nextTick(() => note(`tick ${n}`));
      queueMicrotask(() => note(`microtask ${n}`));
    });
    note('after await');
    log('forEach', line);
    line.length = 0;
    await sql`SELECT generate_series(1, 3) AS n`.cursor(1, async ([{ n }]) => {
      note(`batch ${n}`);
      queueMicrotask(() => note(`microtask ${n}`));
      await Promise.resolve();
      note(`batch ${n} done`);
    });
    note('after await');
    log('cursor', line);
  }),
);

scene('async context', () =>
  withSql(async (sql) => {
    const storage = new AsyncLocalStorage();
    const seen = [];
    await storage.run('dialler', () => sql`SELECT 1`);
    await storage.run('caller', async () => {
      await sql`SELECT 1`;
      seen.push(['await', storage.getStore()]);
      await sql`SELECT 1`.then(() => seen.push(['then', storage.getStore()]));
      await sql`SELECT * FROM missing`.catch(() => seen.push(['catch', storage.getStore()]));
      await sql`SELECT 1`.forEach(() => {
        seen.push(['forEach', storage.getStore()]);
      });
      await sql`SELECT 1`.cursor(1, () => {
        seen.push(['cursor', storage.getStore()]);
      });
      for await (const rows of sql`SELECT 1`.cursor(1))
        seen.push(['iterator', storage.getStore(), rows.length]);
      await sql.begin(async (tx) => {
        seen.push(['begin', storage.getStore()]);
        await tx`SELECT 1`;
        seen.push(['in a transaction', storage.getStore()]);
      });
    });
    const query = storage.run('made here', () => sql`SELECT 1`);
    await storage.run('awaited here', async () => {
      await query;
      seen.push(['made elsewhere', storage.getStore()]);
    });
    log('seen', seen);
    log('outside', storage.getStore());
  }),
);

scene('pipelined and queued', () =>
  withSql(
    async (sql) => {
      const { line, note } = timeline();
      const ask = (n) => sql`SELECT ${n}::int AS n`.then(([row]) => note(row.n));
      await Promise.all([1, 2, 3, 4, 5, 6].map(ask));
      log('results', [...line].sort());
      line.length = 0;
      await Promise.all(
        [1, 2, 3, 4, 5, 6].map((n) =>
          sql`SELECT 1 / ${n % 2}::int`.then(
            () => note(n),
            () => note(-n),
          ),
        ),
      );
      log('with failures', [...line].sort());
    },
    { max: 2, max_pipeline: 1 },
  ),
);
