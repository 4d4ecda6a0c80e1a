// Runs a query and a transaction with the driver, which comes from either of its two builds.
const { trace } = require('@opentelemetry/api');

const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD } = process.env;

module.exports = async (postgres) => {
  const sql = postgres(`postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${PGDATABASE}`, {
    max: 1,
    onnotice() {},
  });
  await trace.getTracer('application').startActiveSpan('application', async (span) => {
    await sql`SELECT ${1}::int AS n`;
    await sql.begin((tx) => tx`create temporary table accounts (id int)`);
    span.end();
  });
  await sql.end();
  await globalThis.sdk?.shutdown();
};
