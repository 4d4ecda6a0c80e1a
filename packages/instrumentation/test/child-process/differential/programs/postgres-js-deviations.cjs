// Logs the differences that docs/reference/compatibility.md lists for the driver `postgres`, so that the list stays exact.
const { types } = require('node:util');
const { scene, log, postgres, withSql, connectTo } = require(process.env.POSTGRES_STAGE);

const isMethod = (value) => typeof value === 'function' && !Object.hasOwn(value, 'prototype');

scene('what is replaced', async () => {
  log('postgres has the source', /parseOptions/.test(Function.prototype.toString.call(postgres)));
  log('postgres is a proxy', types.isProxy(postgres));
  await withSql((sql) => {
    const { prototype } = sql.unsafe('').constructor;
    const functions = Object.getOwnPropertyNames(prototype).filter(
      (name) =>
        name !== 'constructor' &&
        typeof Object.getOwnPropertyDescriptor(prototype, name).value === 'function' &&
        !isMethod(prototype[name]),
    );
    log('Query: functions where methods were', functions);
    log('Query: symbols', Object.getOwnPropertySymbols(prototype).map(String));
    log('sql: symbols', Object.getOwnPropertySymbols(sql).map(String));
  });
});

/** The own properties of a query that are accessors or symbols, or not writable. */
const unusual = (query) =>
  Reflect.ownKeys(query)
    .filter((key) => !/async_id|kResourceStore|OriginError/.test(String(key)))
    .filter((key) => {
      const { get, set, writable } = Object.getOwnPropertyDescriptor(query, key);
      return typeof key === 'symbol' || get !== undefined || set !== undefined || !writable;
    })
    .map(String);

scene('a query while it runs', async () => {
  const sql = connectTo();
  for (const [name, query] of Object.entries({
    'the first of a connection': sql`SELECT 1`,
    another: sql`SELECT 1`,
    forEach: sql`SELECT 1`.forEach(() => {}),
    cursor: sql`SELECT 1`.cursor(1, () => {}),
  })) {
    query.execute();
    const running = unusual(query);
    await new Promise(setImmediate);
    log(name, [...new Set([...running, ...unusual(query)])]);
    await query;
    log(`${name}, ended`, unusual(query));
  }
  await sql.end();
});

scene('frames in the stack of what a callback throws', () =>
  withSql(async (sql) => {
    let stack = '';
    await sql`SELECT 1`.forEach(() => {
      stack = new Error('here').stack;
    });
    log('frames of the instrumentation', /@pg-otel|ContextManager|ContextAPI/.test(stack));
  }),
);

scene('the module', () => {
  if (process.env.BUNDLE !== undefined || globalThis.importedPostgres !== undefined) return;
  const file = require.resolve('postgres');
  log('the same export', require.cache[file]?.exports === postgres);
});
