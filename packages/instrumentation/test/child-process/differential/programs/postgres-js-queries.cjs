// Every form of a query, and what comes back.
const { writeFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { scene, log, logOutcome, frames, withSql, postgres, has } = require(process.env.POSTGRES_STAGE);

scene('tagged templates', () =>
  withSql(async (sql) => {
    await logOutcome('no parameter', sql`SELECT 1 AS one`);
    await logOutcome('parameters', sql`SELECT ${'x'}::text AS a, ${2}::int AS b`);
    await logOutcome('the same again', sql`SELECT ${'x'}::text AS a, ${2}::int AS b`);
    for (const n of [1, 2, 3]) await logOutcome('prepared', sql`SELECT ${n}::int AS n`);
    await logOutcome('null', sql`SELECT ${null}::text AS a`);
    await logOutcome(
      'values of all kinds',
      sql`
      SELECT ${true}::bool, ${new Date(0)}::timestamptz, ${Buffer.from('b')}::bytea, ${sql.json({ c: 3 })}::jsonb,
        ${sql.array([1, 2])}::int[], ${sql.typed('7', 25)}, ${12n}::int8`,
    );
    await logOutcome('an array column', sql`SELECT ARRAY[1, 2] AS numbers, ARRAY['a', NULL] AS texts`);
    await logOutcome('no row', sql`SELECT 1 AS one WHERE false`);
    await logOutcome('no column', sql`SELECT`);
    await logOutcome('table', sql`CREATE TEMP TABLE t (n int, name text)`);
    await logOutcome('insert', sql`INSERT INTO t VALUES (1, 'a'), (2, 'b')`);
    await logOutcome('returning', sql`INSERT INTO t VALUES (${3}, ${'c'}) RETURNING n`);
    await logOutcome('update', sql`UPDATE t SET n = n + 1`);
    await logOutcome('delete', sql`DELETE FROM t WHERE n > ${2}`);
    await logOutcome('rows', sql`SELECT generate_series(1, 5) AS n`);
  }),
);

scene('no statement', () =>
  withSql(async (sql) => {
    // Older versions hang.
    if (!has(4, 9)) return;
    await logOutcome('empty', sql``);
    await logOutcome('comment', sql`-- nothing`);
    await logOutcome('unsafe', sql.unsafe(''));
  }),
);

scene('helpers and fragments', () =>
  withSql(async (sql) => {
    await sql`CREATE TEMP TABLE people (id int, name text, age int)`;
    const where = sql`WHERE age > ${30}`;
    const order = (column) => sql`ORDER BY ${sql(column)}`;
    await logOutcome('insert of one', sql`INSERT INTO people ${sql({ id: 1, name: 'Ada', age: 36 })}`);
    await logOutcome(
      'insert of many',
      sql`INSERT INTO people ${sql([
        { id: 2, name: 'Grace', age: 85 },
        { id: 3, name: 'Alan', age: 41 },
      ])}`,
    );
    await logOutcome(
      'columns',
      sql`INSERT INTO people ${sql({ id: 4, name: 'x', no: 1 }, 'id', 'name')} RETURNING *`,
    );
    await logOutcome(
      'update',
      sql`UPDATE people SET ${sql({ name: 'y', age: 1 }, 'name', 'age')} WHERE id = ${4}`,
    );
    await logOutcome('fragments', sql`SELECT name FROM people ${where} ${order('name')}`);
    await logOutcome('the same fragment again', sql`SELECT count(*) FROM people ${where}`);
    await logOutcome('no fragment', sql`SELECT name FROM people ${sql``} ORDER BY 1`);
    await logOutcome(
      'identifiers',
      sql`SELECT ${sql('name')}, ${sql(['id', 'age'])} FROM ${sql('people')} ORDER BY id`,
    );
    await logOutcome('in', sql`SELECT name FROM people WHERE id IN ${sql([1, 2])} ORDER BY 1`);
    await logOutcome(
      'values',
      sql`SELECT * FROM (VALUES ${sql([
        [1, 'a'],
        [2, 'b'],
      ])}) AS v (n, t)`,
    );
    await logOutcome(
      'a fragment with a fragment',
      sql`SELECT ${sql`${sql('id')} + ${1}`} AS n FROM people ORDER BY 1`,
    );
    await logOutcome(
      'a fragment that is a promise',
      Promise.resolve(1).then(() => sql`SELECT ${1}::int ${sql``}`),
    );
  }),
);

scene('unsafe', () =>
  withSql(async (sql) => {
    await logOutcome('text', sql.unsafe('SELECT 1 AS one'));
    await logOutcome('arguments', sql.unsafe('SELECT $1::int AS n, $2::text AS t', [1, 'a']));
    await logOutcome('options', sql.unsafe('SELECT 1 AS one', { prepare: true }));
    await logOutcome('arguments and options', sql.unsafe('SELECT $1::int AS n', [1], { prepare: true }));
    await logOutcome('again', sql.unsafe('SELECT $1::int AS n', [2], { prepare: true }));
    await logOutcome(
      'several statements',
      sql.unsafe('SELECT 1 AS a; SELECT 2 AS b, 3 AS c; CREATE TEMP TABLE t (n int)'),
    );
    await logOutcome('several, one fails', sql.unsafe('SELECT 1 AS a; SELECT * FROM missing; SELECT 2'));
    await logOutcome('in a tagged template', sql`SELECT ${sql.unsafe('1 + 1')} AS two`);
    await logOutcome('the client works on', sql`SELECT 1 AS n`);
  }),
);

scene('simple', () =>
  withSql(async (sql) => {
    if (!has(3)) return;
    await logOutcome('one', sql`SELECT 1 AS one`.simple());
    await logOutcome('several', sql`SELECT 1 AS one; SELECT 2 AS two`.simple());
    await logOutcome('failing', sql`SELECT * FROM missing`.simple());
  }),
);

scene('file', () =>
  withSql(async (sql) => {
    const file = join(tmpdir(), `pg-otel-differential-${process.pid}.sql`);
    try {
      writeFileSync(file, 'SELECT 1 AS one');
      await logOutcome('no argument', sql.file(file));
      writeFileSync(file, 'SELECT $1::int AS n');
      await logOutcome('arguments', sql.file(file, [7]));
      await logOutcome('again', sql.file(file, [8], { cache: false }));
    } finally {
      rmSync(file, { force: true });
    }
    await logOutcome('missing', sql.file('/nowhere/missing.sql'));
    await logOutcome('the client works on', sql`SELECT 1 AS n`);
  }),
);

scene('raw, values, forEach, describe', () =>
  withSql(async (sql) => {
    await logOutcome('raw', sql`SELECT 1 AS one, 'a' AS a`.raw());
    await logOutcome('values', sql`SELECT 1 AS one, 'a' AS a`.values());
    await logOutcome('raw, failing', sql`SELECT * FROM missing`.raw());
    const rows = [];
    await logOutcome(
      'forEach',
      sql`SELECT generate_series(1, 3) AS n`.forEach((...args) => {
        rows.push(args);
      }),
    );
    log('rows', rows);
    await logOutcome(
      'forEach, failing',
      sql`SELECT 1 / (2 - generate_series(1, 3)) AS n`.forEach((row) => {
        log('row', row);
      }),
    );
    await logOutcome(
      'forEach that throws',
      sql`SELECT generate_series(1, 3) AS n`.forEach(() => {
        throw new RangeError('not this row');
      }),
    );
    await logOutcome(
      'forEach, raw',
      sql`SELECT 1 AS n`.raw().forEach((row) => {
        log('row', row);
      }),
    );
    const description = await sql`SELECT ${1}::int AS n, ${'a'}::text AS t`.describe();
    log(
      'describe',
      Object.keys(description),
      description.string,
      description.types,
      description.columns.length,
    );
    log(
      'describe: columns',
      description.columns.map(({ name, type }) => [name, type]),
    );
    const ofInsert = await sql`CREATE TEMP TABLE t (n int)`.describe();
    log('describe, no columns', Object.keys(ofInsert), ofInsert.columns);
    await logOutcome('describe, failing', sql`SELECT * FROM missing`.describe());
    await logOutcome('the client works on', sql`SELECT 1 AS n`);
  }),
);

scene('execute', () =>
  withSql(async (sql) => {
    const query = sql`SELECT 1 AS one`;
    log('returns itself', query.execute() === query, query.executed);
    await logOutcome('execute', query);
    await logOutcome('awaited again', query);
    await query.catch(() => {}).finally(() => log('finally'));
    await logOutcome('all', Promise.all([sql`SELECT 1 AS n`, sql`SELECT ${2}::int AS n`]));
    await logOutcome(
      'allSettled',
      Promise.allSettled([sql`SELECT 1 AS n`, sql`SELECT * FROM missing`.catch((e) => e.code)]),
    );
    await logOutcome('race', Promise.race([sql`SELECT 1 AS n`]));
  }),
);

scene('errors of the server', () =>
  withSql(async (sql) => {
    async function callerOfOurs() {
      return await sql`SELECT * FROM missing`;
    }
    await logOutcome('from an async function', callerOfOurs());
    await logOutcome('syntax', sql`SELEC 1`);
    await logOutcome('division', sql`SELECT 1 / ${0}::int`);
    await logOutcome('unsafe', sql.unsafe('SELECT 1 / $1::int', [0]));
    await sql`CREATE TEMP TABLE u (n int PRIMARY KEY, CHECK (n > 0))`;
    await logOutcome('unique', sql`INSERT INTO u VALUES (1), (1)`);
    await logOutcome('check', sql`INSERT INTO u VALUES (${-1})`);
    await logOutcome(
      'raised',
      sql`DO $$ BEGIN RAISE EXCEPTION 'no' USING HINT = 'h', DETAIL = 'd', ERRCODE = 'P0042'; END $$`,
    );
    await logOutcome('statement_timeout', sql.unsafe('SET statement_timeout = 20; SELECT pg_sleep(100)'));
    await sql`SET statement_timeout = 0`;
    const error = await sql`SELECT 1 / ${0}::int`.catch((reason) => reason);
    log(
      'class',
      error instanceof postgres.PostgresError,
      error instanceof sql.PostgresError,
      Object.keys(error),
    );
  }),
);

scene('debug', async () => {
  const seen = [];
  await withSql(
    async (sql) => {
      await logOutcome('query', sql`SELECT ${1}::int AS n`);
      await logDebugged(sql`SELECT 1 / ${0}::int`);
    },
    { debug: (...args) => seen.push(args.slice(1)), fetch_types: false },
  );
  log('debug', seen);
  await withSql((sql) => logDebugged(sql`SELECT 1 / ${0}::int`), { debug: true });
});

/** The stack is enumerable then. */
async function logDebugged(query) {
  const error = await query.catch((reason) => reason);
  log('failing', Object.keys(error), error.query, error.parameters, error.args, frames(error));
}

scene('refused', () =>
  withSql(async (sql) => {
    for (const [name, ask] of Object.entries({
      'an undefined value': () => sql`SELECT ${undefined}::int`,
      'an undefined value in a helper': () => sql`INSERT INTO t ${sql({ n: undefined })}`,
      'no such helper': () => sql`SELECT ${sql({})}`,
      'a symbol': () => sql`SELECT ${Symbol('s')}::text`,
      'an object without a type': () => sql`SELECT ${{ a: 1 }}::text`,
      'unsafe of nothing': () => sql.unsafe(),
      'unsafe of an object': () => sql.unsafe({ toString: () => 'SELECT 1 AS n' }),
      'too few values': () => sql.unsafe('SELECT $1::int, $2::int', [1]),
      'a builder that is awaited': () => sql({ a: 1 }),
      'an identifier that is awaited': () => sql('a'),
      stream: () => sql`SELECT 1`.stream(),
      'a value that cannot be serialised': () => sql`SELECT ${sql.json(circular())}`,
      'a value whose toString throws': () => sql`SELECT ${hostile()}::text`,
      'a null character': () => sql`SELECT ${'a\u0000b'}::text`,
      'a lone surrogate': () => sql`SELECT ${'a\ud800b'}::text AS a`,
    })) {
      try {
        await logOutcome(name, ask());
      } catch (error) {
        log(`${name}: threw`, error);
      }
    }
    await logOutcome(
      'too many values',
      sql.unsafe('SELECT 1', Array(65_534).fill(1)).catch(({ code }) => code),
    );
    await logOutcome('the client works on', sql`SELECT 1 AS n`);
  }),
);

function circular() {
  const value = {};
  value.self = value;
  return value;
}

function hostile() {
  return {
    toString() {
      throw new RangeError('no text');
    },
  };
}

scene('types and transforms', async () => {
  await withSql(
    async (sql) => {
      await logOutcome('typed', sql`SELECT ${sql.types.point([1, 2])} AS p`);
      await logOutcome('a parser that throws', sql`SELECT 'x'::json AS a`);
      await logOutcome('column', sql`SELECT 1 AS a_b`);
      await logOutcome('helper', sql`SELECT ${sql('aB')} FROM (SELECT 1 AS a_b) AS t`);
      await logOutcome('undefined', sql`SELECT ${undefined}::int AS n`);
    },
    {
      types: {
        point: { to: 600, from: [600], serialize: ([x, y]) => `(${x},${y})`, parse: (text) => `<${text}>` },
        broken: {
          to: 5000,
          from: [23],
          serialize: (x) => x,
          parse: (text) => (text === '13' ? throws() : Number(text)),
        },
      },
      transform: { ...postgres.camel, undefined: null },
    },
  );
  await withSql(
    async (sql) => {
      await logOutcome('a row', sql`SELECT 1 AS n`);
      await logOutcome('a parser that throws', sql`SELECT 13 AS n`);
      await logOutcome('after it', sql`SELECT 1 AS n`);
    },
    {
      types: {
        broken: {
          to: 5000,
          from: [23],
          serialize: (x) => x,
          parse: (t) => (t === '13' ? throws() : Number(t)),
        },
      },
      transform: { row: { from: (row) => Object.freeze(row) }, value: { from: (value) => `<${value}>` } },
    },
  );
});

function throws() {
  throw new RangeError('not this value');
}

scene('without prepared statements', () =>
  withSql(
    async (sql) => {
      await logOutcome('no parameter', sql`SELECT 1 AS one`);
      await logOutcome('parameters', sql`SELECT ${1}::int AS n`);
      await logOutcome('again', sql`SELECT ${1}::int AS n`);
      await logOutcome('failing', sql`SELECT 1 / ${0}::int`);
      await logOutcome(
        'describe',
        sql`SELECT ${1}::int AS n`.describe().then(({ types }) => types),
      );
    },
    { prepare: false },
  ),
);

// The driver prepares it again by itself.
scene('a prepared statement that the server no longer knows', () =>
  withSql(async (sql) => {
    const ask = () => sql`SELECT ${1}::int AS n`;
    await logOutcome('first', ask());
    await sql`DEALLOCATE ALL`;
    await logOutcome('second', ask());
    await sql`CREATE TEMP TABLE r (n int)`;
    const all = () => sql`SELECT * FROM r WHERE ${true}`;
    await logOutcome('before the change', all());
    await sql`ALTER TABLE r ADD COLUMN m int`;
    await logOutcome('after the change', all());
  }),
);

scene('a burst on two connections', () =>
  withSql(
    async (sql) => {
      const numbers = Array.from({ length: 40 }, (_, index) => index);
      const results = await Promise.all(numbers.map((n) => sql`SELECT ${n}::int AS n`));
      log('results', results.map(([{ n }]) => n).join());
      const outcomes = await Promise.allSettled(
        numbers.map((n) => sql`SELECT 1 / (${n}::int % 5) AS n`.then(([row]) => row.n)),
      );
      log(
        'outcomes',
        outcomes.map(({ status, value, reason }) => value ?? `${status} ${reason?.code}`).join(),
      );
    },
    { max: 2, max_pipeline: 5 },
  ),
);
