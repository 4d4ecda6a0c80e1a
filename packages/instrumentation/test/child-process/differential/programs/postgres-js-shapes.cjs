// The shape of the driver, of its instances and of its queries; and unusual things that programs do with them.
const { inspect } = require('node:util');
const { scene, log, logOutcome, withSql, connectTo, postgres, settled, has } = require(
  process.env.POSTGRES_STAGE,
);

/** The names of the own properties, without those that Node's async_hooks adds to promises, which OpenTelemetry uses. */
const keysOf = (object) =>
  Reflect.ownKeys(object)
    .filter((key) => !/async_id|kResourceStore/.test(String(key)))
    .sort((a, b) => String(a).localeCompare(String(b)));

function logShape(name, object) {
  for (const key of keysOf(object)) {
    const { value, writable, get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(
      object,
      key,
    );
    const kind = typeof value === 'function' ? [value.name, value.length] : typeof value;
    log(`${name}.${String(key)}`, writable, enumerable, configurable, kind, typeof get, typeof set);
  }
}

scene('the driver', () => {
  log('postgres', typeof postgres, Object.getPrototypeOf(postgres) === Function.prototype);
  // In a bundle, the program itself wraps it.
  if (process.env.BUNDLE !== undefined) return;
  log('function', postgres.name, postgres.length, Object.keys(postgres), inspect(postgres, { depth: 0 }));
  logShape('postgres', postgres);
  log('new', typeof new postgres());
});

scene('an instance', () =>
  withSql((sql) => {
    log(
      'sql',
      typeof sql,
      sql.name,
      sql.length,
      Object.keys(sql),
      Object.getPrototypeOf(sql) === Function.prototype,
    );
    logShape('sql', sql);
    log('options', Object.keys(sql.options), Object.isExtensible(sql.options));
    logShape('options', sql.options);
    log('text', String(sql), inspect(sql.options.host));
  }),
);

scene('queries', () =>
  withSql(async (sql) => {
    const query = sql`SELECT 1 AS one`;
    const Query = query.constructor;
    log(
      'class',
      Query.name,
      Query.length,
      Object.getPrototypeOf(Query) === Promise,
      Query[Symbol.species] === Promise,
    );
    log('statics', keysOf(Query).map(String));
    log('methods', Object.getOwnPropertyNames(Query.prototype));
    log(
      'instance',
      query instanceof Promise,
      keysOf(query).map(String),
      inspect(query, { depth: 0 }).length > 0,
    );
    logShape('new', query);
    const promise = query.then((rows) => rows.length);
    log('then', promise.constructor === Promise, promise instanceof Query);
    log('executing', keysOf(query).map(String));
    log('rows', await promise);
    log('done', keysOf(query).map(String), query.active, query.executed, query.string, query.parameters);
    logShape('done', query);
    const forIn = [];
    for (const key in query) forIn.push(key);
    log('for-in', forIn);
    log('catch', sql`SELECT 1`.catch(() => {}).constructor === Promise);
    log('finally', sql`SELECT 1`.finally(() => {}).constructor === Promise);
    log('execute', (await sql`SELECT 1`.execute()).length);
    const failed = sql`SELECT * FROM missing`;
    await settled(failed);
    logShape('failed', failed);
    log(
      'chained',
      [sql`SELECT 1`.values(), sql`SELECT 1`.raw()].every((one) => one instanceof Query),
    );
    log('identifier', inspect(sql('a'), { depth: 0 }), inspect(sql({ a: 1 }, 'a'), { depth: 0 }));
  }),
);

scene('identity', () =>
  withSql(async (sql) => {
    const query = sql`SELECT 1 AS n`;
    log('execute', query.execute() === query);
    const other = sql`SELECT 1 AS n`;
    log('forEach', other.forEach(() => {}) === other, other.raw() === other, other.values() === other);
    const [first, second] = await Promise.all([query, query]);
    log('result', first === second, first === (await query));
    log('then', await query.then((rows) => rows === first));
    const asked = sql`SELECT 1`;
    log('then of one', typeof asked.then === 'function', asked.then === sql`SELECT 1`.then);
    await asked;
    log('statics', sql.PostgresError === postgres.PostgresError, sql.CLOSE === sql.END);
  }),
);

scene('a thenable of another kind', () =>
  withSql(async (sql) => {
    log('resolve', (await Promise.resolve(sql`SELECT 1 AS n`))[0]);
    log('returned', (await (async () => sql`SELECT 2 AS n`)())[0]);
    const calls = [];
    const query = sql`SELECT 3 AS n`;
    await new Promise((resolve) => {
      query.then((...args) => {
        calls.push(args.length);
        resolve();
      });
    });
    log('arguments', calls);
    await new Promise((resolve) => Promise.prototype.then.call(query, resolve));
    log('by Promise.prototype', query.executed);
  }),
);

scene('options that are frozen', async () => {
  const frozen = Object.freeze({
    max: 1,
    onnotice: () => {},
    connection: Object.freeze({ application_name: 'frozen' }),
    types: Object.freeze({}),
  });
  const sql = connectTo(frozen);
  await logOutcome('query', sql`SELECT current_setting('application_name') AS name`);
  await sql.end();
  await withSql(async (other) => {
    Object.freeze(other.options);
    await logOutcome('frozen afterwards', other`SELECT 1 AS n`);
    await logOutcome('an array', other`SELECT ${[1]}::int[] AS n`);
  });
});

scene('a proxy', () =>
  withSql(async (sql) => {
    const touched = [];
    const proxy = new Proxy(sql, {
      apply(target, self, args) {
        touched.push('call');
        return Reflect.apply(target, self, args);
      },
      get(target, key, receiver) {
        touched.push(String(key));
        return Reflect.get(target, key, receiver);
      },
    });
    await logOutcome('query', proxy`SELECT 1 AS n`);
    await logOutcome('unsafe', proxy.unsafe('SELECT 1 AS n'));
    await logOutcome(
      'begin',
      proxy.begin((tx) => tx`SELECT 1 AS n`),
    );
    log('touched', touched);
    const query = new Proxy(sql`SELECT 2 AS n`, {
      get: (target, key) => Reflect.get(target, key).bind?.(target),
    });
    await logOutcome('a proxy of a query', query);
  }),
);

scene('changes of the options', () =>
  withSql(async (sql) => {
    // As Drizzle does.
    const parse = (text) => `<${text}>`;
    sql.options.parsers[23] = parse;
    await logOutcome('a parser', sql`SELECT 1 AS n`);
    sql.options.serializers[25] = (value) => `(${value})`;
    await logOutcome('a serialiser', sql`SELECT ${'a'}::text AS t`);
    sql.options.extra = 1;
    log('extra', sql.options.extra);
  }),
);

scene('a query that is changed', () =>
  withSql(async (sql) => {
    const query = sql`SELECT 1 AS n`;
    query.mine = 'mine';
    await logOutcome('property', query);
    log('kept', query.mine);
    await logOutcome('the instance works on', sql`SELECT 2 AS n`);
  }),
);

scene('hostile values', async () => {
  const hostile = {
    toString() {
      throw new RangeError('no text');
    },
  };
  for (const [name, options, ask] of [
    ['a parameter', {}, (sql) => sql`SELECT ${hostile}::text`],
    ['an argument', {}, (sql) => sql.unsafe('SELECT $1::text', [hostile])],
    ['an object as text', {}, (sql) => sql.unsafe({ toString: () => 'SELECT 1 AS n' })],
    ['a password', { pass: hostile }, (sql) => sql`SELECT 1`],
    ['a user', { user: hostile }, (sql) => sql`SELECT 1`],
    ['a database', { database: hostile }, (sql) => sql`SELECT 1`],
    ['a password by function', { pass: () => 5 }, (sql) => sql`SELECT 1`],
    ['a name', { connection: { application_name: Symbol.iterator } }, (sql) => sql`SELECT 1`],
  ]) {
    // Older versions crash or hang.
    if (!has(4, 9)) continue;
    const sql = connectTo({ connect_timeout: 1, backoff: 0.001, ...options });
    const complaint = new Promise((resolve) => process.once('unhandledRejection', resolve));
    const result = ask(sql);
    const error = await Promise.race([
      result.then(
        () => 'resolved',
        (reason) => reason,
      ),
      complaint,
    ]);
    process.removeAllListeners('unhandledRejection');
    log(name, error);
    await sql.end({ timeout: 0 });
  }
});

scene('two copies of the driver', async () => {
  if (globalThis.importedPostgres === undefined || process.env.BUNDLE !== undefined) return;
  // CommonJS and ESM share nothing.
  const other = require('postgres');
  log('another', other !== postgres, other.PostgresError !== postgres.PostgresError);
  const sql = other({ max: 1 });
  await withSql(async (ours) => {
    await logOutcome('both', Promise.all([sql`SELECT 1 AS n`, ours`SELECT 2 AS n`]));
    await logOutcome(
      'a fragment of the other',
      ours`SELECT ${sql`1`} AS n`.catch((error) => error.code),
    );
  });
  await sql.end();
});
