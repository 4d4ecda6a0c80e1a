// An instance of a service with a managed pool. Writes its share of the server's connections whenever it changes.
const { Pool } = require('pg');
const { managePool, poolManager } = require('../../dist/index.js');

const pool = managePool(new Pool({ connectionString: process.env.DATABASE_URL, application_name: 'shop' }), {
  healthCheck: { intervalMillis: 1_000 },
});
pool.on('error', () => {});

let last;
setInterval(async () => {
  await pool.query('SELECT 1').catch(() => {});
  const share = JSON.stringify(poolManager(pool).fleet);
  if (share !== undefined && share !== last) console.log(share);
  last = share;
}, 100);

// The test keeps the pipe open: without it, nothing would end this process.
process.stdin.resume().on('end', () => process.exit());
