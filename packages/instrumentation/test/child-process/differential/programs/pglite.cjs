// Everything that a program can observe of PGlite: results, errors, order, context, notifications, methods, the end.
const { AsyncLocalStorage } = require('node:async_hooks');
const { inspect } = require('node:util');
const { scene, log, logOutcome, outcome } = require(process.env.STAGE);
const { create, load } = require(process.env.PGLITE_STAGE);

// Frames of the instrumentation must not displace those that are compared.
Error.stackTraceLimit = 50;

let db;
scene('start', async () => {
  db = await create();
  await db.exec('CREATE TABLE people (id int PRIMARY KEY, name text)');
  log('keys', Object.keys(db), inspect(db, { depth: 0 }).slice(0, 40));
});

/** The functions in a stack, without those of the instrumentation. Names of files differ. */
const frames = (error) =>
  String(error?.stack)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/@pg-otel|wasm-function/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/\(?(file:\/\/)?\/\S*\/(\S+?)\)?$/, '$2')
        .replace(/[0-9a-f]+(-[0-9a-f]+){4}/, '#'),
    );

async function logRejection(what, promise) {
  const { rejected } = await outcome(promise);
  log(what, rejected, Object.entries(rejected ?? {}), frames(rejected));
}

scene('results', async () => {
  await logOutcome('query', db.query('SELECT 1 AS one, $1::text AS given', ['a']));
  await logOutcome('array', db.query('SELECT 1, 2', [], { rowMode: 'array' }));
  await logOutcome('no rows', db.query('INSERT INTO people VALUES ($1, $2)', [1, 'Ada']));
  await logOutcome('template', db.sql`SELECT name FROM people WHERE id = ${1}`);
  await logOutcome('exec', db.exec('SELECT 1; UPDATE people SET id = 2; SELECT 3'));
  await logOutcome('empty', db.exec(''));
  await logOutcome(
    'describe',
    db.describeQuery('SELECT $1::int AS n').then((described) => Object.keys(described)),
  );
  await logOutcome(
    'exclusive',
    db.runExclusive(async () => 'done'),
  );
  await logOutcome(
    'copy',
    db.query(`COPY people TO '/dev/blob'`).then(({ blob }) => blob.text()),
  );
  await logOutcome(
    'copy in',
    db.query(`COPY people FROM '/dev/blob'`, [], { blob: new Blob(['7\tGrace\n']) }),
  );
});

scene('promises', async () => {
  const query = db.query('SELECT 1');
  log('query', query.constructor === Promise, Object.getOwnPropertyNames(query));
  const result = await query;
  log('value', result === (await query));
  const kept = {};
  log('of a transaction', (await db.transaction(async () => kept)) === kept);
  log('of exclusive work', (await db.runExclusive(async () => kept)) === kept);
});

scene('errors', async () => {
  await logRejection('unknown table', db.query('SELECT * FROM missing WHERE id = $1', [1]));
  await logRejection('syntax', db.exec('SELEC 1'));
  await logRejection('no text', db.query());
  await logRejection('no text to execute', db.exec({}));
  await logRejection('constraint', db.exec('INSERT INTO people VALUES (7); SELECT 1'));
  const hostile = {
    toString() {
      throw new Error('toString of the application');
    },
  };
  await logRejection('a value that throws', db.query('SELECT $1::text', [hostile]));
  await logRejection('parameters that are none', db.query('SELECT 1', 7));
  const { query } = db;
  await logRejection('a detached method', query('SELECT 1'));
  await logRejection('no callback', db.transaction());
  await logRejection(
    'work that throws',
    db.runExclusive(() => Promise.reject(new Error('mine'))),
  );
  await logOutcome('the next query', db.query('SELECT 1 AS one'));
});

scene('transactions', async () => {
  const thrown = new Error('mine');
  const { rejected } = await outcome(
    db.transaction(async (tx) => {
      log('tx', Object.keys(tx), tx.closed, inspect(tx));
      await logOutcome('query', tx.query('SELECT $1::int AS n', [1]));
      await logOutcome('template', tx.sql`SELECT ${2}::int AS n`);
      await logOutcome('exec', tx.exec('DELETE FROM people; SELECT 1'));
      throw thrown;
    }),
  );
  log('the same error', rejected === thrown);
  await logOutcome('rolled back', db.query('SELECT count(*)::int AS n FROM people'));
  let kept;
  await logOutcome(
    'rollback',
    db.transaction(async (tx) => {
      kept = tx;
      await tx.rollback();
      await logRejection('after it', tx.query('SELECT 1'));
      return 'value';
    }),
  );
  await logRejection('a closed transaction', kept.exec('SELECT 1'));
  await logRejection(
    'an aborted transaction',
    db.transaction((tx) => tx.query('SELECT * FROM missing').catch(() => 'ignored')),
  );
});

scene('order', async () => {
  const line = [];
  const note = (what) => () => line.push(what);
  await Promise.all([
    db.query('SELECT 1').then(note('first')),
    db.query('SELECT * FROM missing').catch(note('second, failing')),
    db.transaction((tx) => tx.query('SELECT 3').then(note('third'))).then(note('third, committed')),
    db.exec('SELECT 4').then(note('fourth')),
    db.sql`SELECT 5`.then(note('fifth')),
    db.runExclusive(async () => note('exclusive')()),
    db.query('SELECT 6').finally(note('sixth')),
  ]);
  log('calls', line);
});

scene('context', async () => {
  const storage = new AsyncLocalStorage();
  const store = () => storage.getStore();
  await storage.run('caller', async () => {
    await db.query('SELECT 1');
    log('after await', store());
    log('then', await db.exec('SELECT 1').then(store));
    await db.transaction(async (tx) => {
      log('in a transaction', store());
      await storage.run('inner', () => tx.query('SELECT 1').then(() => log('in its query', store())));
    });
    log('in exclusive work', await db.runExclusive(async () => store()));
  });
  const seen = [];
  const unlisten = await storage.run('listener', () =>
    db.listen('news', (payload) => seen.push([payload, store()])),
  );
  await storage.run('notifier', () => db.exec(`NOTIFY news, 'hello'`));
  log('notified', seen);
  await unlisten();
});

scene('unhandled rejections', async () => {
  const seen = [];
  const listener = (reason) => seen.push(reason.message);
  process.on('unhandledRejection', listener);
  db.query('SELECT * FROM missing');
  db.transaction((tx) => tx.query('SELECT * FROM missing2'));
  await db.query('SELECT 1');
  await new Promise(setImmediate);
  process.off('unhandledRejection', listener);
  log('seen', seen);
});

scene('options', async () => {
  const read = [];
  const options = new Proxy(
    { rowMode: 'array' },
    {
      get: (target, key) => {
        read.push(String(key));
        return target[key];
      },
    },
  );
  await logOutcome('query', db.query('SELECT $1::int', [1], options));
  log('read', [...new Set(read)]);
  const notices = [];
  await db.exec('DROP TABLE IF EXISTS missing', { onNotice: ({ message }) => notices.push(message) });
  log('notices', notices);
  const frozen = Object.freeze(['a']);
  await logOutcome('frozen values', db.query('SELECT $1::text AS a', frozen));
});

scene('methods', async () => {
  const { PGlite } = await load();
  const own = Object.getOwnPropertyDescriptors(PGlite.prototype);
  const names = ['_checkReady', '_runExclusiveQuery', '_runExclusiveTransaction', 'execProtocol'];
  log(
    'attributes',
    names.map((name) => ({ ...own[name], value: [own[name].value.name, own[name].value.length] })),
  );
  const all = ['query', 'sql', 'exec', 'transaction', 'describeQuery', 'runExclusive'];
  log(
    'names',
    all.map((name) => [db[name].name, db[name].length]),
  );
  log('enumerable', Object.keys(PGlite.prototype));
});

scene('end', async () => {
  const waiting = outcome(db.query('SELECT 1 AS waiting'));
  await db.close();
  await logOutcome('a query before the end', waiting);
  log('closed', db.closed, db.ready);
  await logRejection('query', db.query('SELECT 1'));
  await logRejection(
    'transaction',
    db.transaction(async () => {}),
  );
  await logRejection('close', db.close());
});
