// Logs the differences with Neon that docs/reference/compatibility.md lists, so that the list stays exact.
const { neon: driver, url, scene, log, withSettings } = require(process.env.NEON_STAGE);
const { neon, Client, Pool, NeonQueryPromise } = driver;

const sql = neon(url);

/** Turns of the microtask queue until a promise settles. */
async function turns(promise) {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  let count = 0;
  for (; !isSettled; count++) await undefined;
  return count;
}

scene('microtasks', async () => {
  const result = { fields: [], rows: [] };
  const answers = {
    query: [{ ok: true, json: async () => result }, () => sql`SELECT 1`.then(() => {})],
    transaction: [
      { ok: true, json: async () => ({ results: [result] }) },
      () => sql.transaction([sql`SELECT 1`]),
    ],
    failing: [{ ok: false, status: 500, text: async () => '' }, () => sql`SELECT 1`.then(() => {})],
  };
  for (const [name, [answer, ask]] of Object.entries(answers)) {
    await withSettings({ fetchFunction: async () => answer }, async () => {
      log(`turns of the microtask queue, ${name}`, await turns(ask()));
    });
  }
});

scene('what is replaced', () => {
  const prototypes = {
    NeonQueryPromise: NeonQueryPromise.prototype,
    NeonClient: Client.prototype,
    Client: Object.getPrototypeOf(Client.prototype),
    Query: Client.Query.prototype,
    NeonPool: Pool.prototype,
    Pool: Object.getPrototypeOf(Object.getPrototypeOf(Pool.prototype)),
    'what neon() returns': sql,
  };
  for (const [name, object] of Object.entries(prototypes)) {
    const own = Object.getOwnPropertyNames(object).filter(
      (key) =>
        typeof Object.getOwnPropertyDescriptor(object, key).value === 'function' && key !== 'constructor',
    );
    log(
      `${name}: functions where methods were`,
      own.filter((key) => Object.hasOwn(object[key], 'prototype')),
    );
    log(`${name}: symbols`, Object.getOwnPropertySymbols(object));
  }
  log('sql.transaction is', sql.transaction.constructor.name);
});

scene('the module', () => {
  const required = require('@neondatabase/serverless');
  const { configurable } = Object.getOwnPropertyDescriptor(required, 'neon');
  log('exports can be redefined', configurable);
  log('in require.cache', require.cache[require.resolve('@neondatabase/serverless')].exports === required);
});

scene('frames in the stack of what a fetch function throws', async () => {
  const fetchFunction = () => {
    throw new Error('not sent');
  };
  const { stack } = await withSettings({ fetchFunction }, () =>
    sql`SELECT 1`.catch((error) => error.sourceError),
  );
  log('frames of the instrumentation', /@pg-otel/.test(stack));
});
