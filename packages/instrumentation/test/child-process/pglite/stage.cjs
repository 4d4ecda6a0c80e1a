// Shared by the programs that use PGlite, in either of its two builds.
const fs = require('node:fs');

const { PGLITE, PGLITE_DATABASE } = process.env;

/** The driver, loaded when a program needs it. */
const load = async () => (PGLITE.endsWith('.cjs') ? require(PGLITE) : import(PGLITE));

/** An instance with a new database. */
async function create(options) {
  const { PGlite } = await load();
  return PGlite.create({ loadDataDir: new Blob([fs.readFileSync(PGLITE_DATABASE)]), ...options });
}

const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);
const EXECUTE = 'E'.charCodeAt(0);

/** Notes the statements that an instance sends to the database from now on, whether or not they are instrumented. */
function noteStatements(db) {
  const statements = [];
  const send = db.execProtocolRaw;
  let parsed;
  db.execProtocolRaw = function (message, ...rest) {
    // After type and length: the text, or an empty name and the text.
    const text = () =>
      Buffer.from(message.subarray(message[0] === QUERY ? 5 : 6))
        .toString()
        .split('\0')[0];
    if (message[0] === QUERY) statements.push(text());
    if (message[0] === PARSE) parsed = text();
    if (message[0] === EXECUTE) statements.push(parsed);
    return send.call(this, message, ...rest);
  };
  return statements;
}

/** Every form of statement, in a span of the application. Writes the statements that were sent to stdout. */
async function run(instrument = (db) => db) {
  const { trace } = require('@opentelemetry/api');
  const db = instrument(await create());
  const statements = noteStatements(db);
  await trace.getTracer('application').startActiveSpan('application', async (span) => {
    await db.exec('CREATE TABLE people (id int); CREATE INDEX ON people (id)');
    await db.query('INSERT INTO people VALUES ($1)', [1]);
    await db.sql`SELECT id FROM people WHERE id = ${1}`;
    await db.transaction(async (tx) => {
      await tx.query('SELECT $1::int', [1]);
      await tx.sql`SELECT ${2}::int`;
      await tx.exec('DELETE FROM people');
      await Promise.all([tx.query('SELECT $1::text', ['a']), tx.query('SELECT $1::date', ['2026-11-29'])]);
    });
    await db.transaction((tx) => tx.rollback());
    await db.transaction((tx) => tx.query('SELECT 1 / (random() * $1)::int', [0])).catch(() => {});
    await Promise.all([db.query('SELECT $1::int8', [1]), db.query('SELECT $1::int2', [1])]);
    const unlisten = await db.listen('news', () => {});
    await db.exec('NOTIFY news');
    await unlisten();
    await db.refreshArrayTypes();
    await db.describeQuery('SELECT 1');
    span.end();
  });
  await db.close();
  console.log(JSON.stringify(statements));
  await globalThis.sdk?.shutdown();
}

module.exports = { create, load, run };
