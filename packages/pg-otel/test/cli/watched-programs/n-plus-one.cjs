// An HTTP server that reads the customer of each order in a separate query, and three requests to it. Runs until SIGTERM.
const { once } = require('node:events');
const { createServer } = require('node:http');
const pg = require('pg');

const pool = new pg.Pool({ max: 2 });
const server = createServer(async (_request, response) => {
  const { rows } = await pool.query('SELECT * FROM orders');
  for (const { customer } of rows) await pool.query('SELECT * FROM customers WHERE id = $1', [customer]);
  response.end();
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  pool.end();
});

async function main() {
  await pool.query(`
    CREATE TABLE orders (id int, customer int);
    CREATE TABLE customers (id int, name text);
    INSERT INTO orders SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 20) n`);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (let nth = 0; nth < 3; nth++) await fetch(`http://127.0.0.1:${server.address().port}`);
}
main();
