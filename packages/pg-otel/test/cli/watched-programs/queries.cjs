// Sends 21 queries, and ends with exit code 7 once its insights have been read.
const { insightsRead } = require('./insights-read.cjs');
const pg = require('pg');

async function main() {
  console.log(`started with ${process.argv[2]}`);
  const pool = new pg.Pool({ max: 2 });
  for (let nth = 0; nth < 20; nth++) await pool.query('SELECT * FROM pg_class LIMIT $1', [nth]);
  await pool.query('SELECT * FROM missing').catch(() => {});
  // A trace is reported when it has been over for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await insightsRead();
  await pool.end();
  console.error('ended');
  process.exitCode = 7;
}
main();
