// The arguments and the context of a query over HTTP can be collected after the query, although its connection is kept
// alive.
const { AsyncLocalStorage } = require('node:async_hooks');
const { subscribe } = require('node:diagnostics_channel');
const { context, createContextKey } = require('@opentelemetry/api');
const { neon, neonConfig } = require('@neondatabase/serverless');
const { track, kept } = require(process.env.STAGE);

neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
const sql = neon(process.env.DATABASE_URL);
const storage = new AsyncLocalStorage();
const key = createContextKey('what the application keeps in its context');
const COUNT = 20;
/** fetch lets go of a connection a moment after its answer was read; until then a query opens another. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 10));

async function repeatedly(play) {
  for (let time = 0; time < COUNT; time++) {
    const within = context.active().setValue(key, track('in the context of the caller', {}));
    await storage.run(track('store of the caller', {}), () => context.with(within, play));
    await rest();
  }
}

/** Each remembers where it was opened, and its last request; and the timer of all of them who started it. */
let opened = 0;
subscribe('undici:client:connected', () => {
  opened += 1;
});

(async () => {
  await (async () => {
    const value = track('value of the query that opens a connection', { toPostgres: () => '1' });
    const query = track('query that opens a connection', sql`SELECT ${value}::int AS n`);
    track('result of the query that opens a connection', await query);
  })();
  await rest();
  opened = 0;

  await repeatedly(async () => {
    const value = track('value', { toPostgres: () => '1' });
    track('result', await track('query', sql`SELECT ${value}::int AS n`));
  });
  await repeatedly(async () => {
    const values = track('values', [1]);
    track('result', await sql.query('SELECT $1::int AS n', values, track('options', { fullResults: true })));
  });
  await repeatedly(async () => {
    const queries = track('queries', [sql`SELECT 1`, sql`SELECT ${2}::int`]);
    track('results', await sql.transaction(queries));
  });
  await repeatedly(async () => {
    track('results', await sql.transaction(track('function', (tx) => [tx`SELECT 1`])));
  });
  await repeatedly(() =>
    sql`SELECT * FROM missing`.catch((error) => {
      track('error', error);
    }),
  );
  await repeatedly(async () => {
    track('query that was never awaited', sql`SELECT 1`);
  });
  // That of the first one shall be this.
  await sql`SELECT 1`;
  const all = await kept();
  for (const around of ['in the context of the caller', 'store of the caller']) {
    all[around] = Math.max(0, all[around] - 2 * opened - 1);
  }
  console.log(JSON.stringify({ ...all, mostlyReused: opened < COUNT / 2 }));
})();
