const drivers = {
  pg: () => import('./node-postgres.js'),
  neon: () => import('./neon.js'),
};
const driver = process.env.DATABASE_DRIVER ?? 'pg';
if (!Object.hasOwn(drivers, driver)) throw new Error(`DATABASE_DRIVER must be pg or neon, got "${driver}"`);
const { open } = await drivers[driver]();

/**
 * `pool`: connections, for what takes a while.
 * `sql`: a template makes a statement, its values are parameters. Nothing is sent yet.
 * `rows`: sends a statement, resolves with its rows.
 * `transaction`: sends statements, all of them or none, resolves with the rows of each.
 */
export const { pool, sql, rows, transaction } = open({
  max: Number(process.env.POOL_MAX ?? 4),
  idleTimeoutMillis: 2_000,
  connectionTimeoutMillis: 5_000,
  ...(process.env.LOCK_TIMEOUT_MILLIS && { lock_timeout: Number(process.env.LOCK_TIMEOUT_MILLIS) }),
});

// Health checks, recovery after an outage, retries of connection attempts, and a limit that follows the load.
if (process.env.MANAGE_POOL === 'true') {
  const { managePool } = await import('@pg-otel/pool');
  managePool(pool, { max: 12, retry: true });
}

// Without a listener, an idle connection that the server closes would end the process.
pool.on('error', (error) => console.error(`idle connection lost: ${error.message}`));
// The same for a connection that is checked out. Its query fails as well.
pool.on('connect', (client) =>
  client.on('error', (error) => console.error(`connection lost: ${error.message}`)),
);

export async function createSchema() {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS products (
      id int PRIMARY KEY, name text NOT NULL, category text NOT NULL, price numeric NOT NULL, stock int NOT NULL)`);
  await pool.query(`
    CREATE TABLE IF NOT EXISTS customers (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL)`);
  await pool.query(`
    CREATE TABLE IF NOT EXISTS orders (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
      placed_at timestamptz NOT NULL DEFAULT now())`);
  await pool.query(`
    CREATE TABLE IF NOT EXISTS order_items (
      order_id int NOT NULL REFERENCES orders, product_id int NOT NULL REFERENCES products, quantity int NOT NULL,
      PRIMARY KEY (order_id, product_id))`);
  await pool.query(`
    INSERT INTO products (id, name, category, price, stock)
    SELECT n, 'Product ' || n, (ARRAY['tea', 'coffee', 'cups', 'books'])[1 + n % 4], 3 + n % 40, 1000000
    FROM generate_series(1, 400) AS n
    ON CONFLICT DO NOTHING`);
  await pool.query(`
    INSERT INTO customers (email, name)
    SELECT 'customer' || n || '@shop.example', 'Customer ' || n FROM generate_series(1, 50) AS n
    ON CONFLICT DO NOTHING`);
}
