const drivers = {
  pg: () => import('./node-postgres.js'),
  neon: () => import('./neon.js'),
  'postgres-js': () => import('./postgres-js.js'),
};
const driver = process.env.DATABASE_DRIVER ?? 'pg';
if (!Object.hasOwn(drivers, driver))
  throw new Error(`DATABASE_DRIVER must be pg, neon or postgres-js, got "${driver}"`);
const { open } = await drivers[driver]();

/**
 * `sql`: a template makes a statement, its values are parameters. Nothing is sent yet.
 * `rows`: sends a statement, resolves with its rows.
 * `transaction`: sends statements, all of them or none, resolves with the rows of each.
 * `query`: sends a text with values on a connection, resolves with its rows.
 * `portions`: reads the rows of a text, so many at a time.
 * `end`: closes all connections.
 * `pool`: the pool of node-postgres or Neon's driver; undefined with Postgres.js.
 */
export const { sql, rows, transaction, query, portions, end, pool } = await open({
  max: Number(process.env.POOL_MAX ?? 4),
  idleTimeoutMillis: 2_000,
  connectionTimeoutMillis: 5_000,
  ...(process.env.LOCK_TIMEOUT_MILLIS && { lock_timeout: Number(process.env.LOCK_TIMEOUT_MILLIS) }),
});

export async function createSchema() {
  await query(`
    CREATE TABLE IF NOT EXISTS products (
      id int PRIMARY KEY, name text NOT NULL, category text NOT NULL, price numeric NOT NULL, stock int NOT NULL)`);
  await query(`
    CREATE TABLE IF NOT EXISTS customers (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL)`);
  await query(`
    CREATE TABLE IF NOT EXISTS orders (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customers,
      placed_at timestamptz NOT NULL DEFAULT now())`);
  await query(`
    CREATE TABLE IF NOT EXISTS order_items (
      order_id int NOT NULL REFERENCES orders, product_id int NOT NULL REFERENCES products, quantity int NOT NULL,
      PRIMARY KEY (order_id, product_id))`);
  await query(`
    INSERT INTO products (id, name, category, price, stock)
    SELECT n, 'Product ' || n, (ARRAY['tea', 'coffee', 'cups', 'books'])[1 + n % 4], 3 + n % 40, 1000000
    FROM generate_series(1, 400) AS n
    ON CONFLICT DO NOTHING`);
  await query(`
    INSERT INTO customers (email, name)
    SELECT 'customer' || n || '@shop.example', 'Customer ' || n FROM generate_series(1, 50) AS n
    ON CONFLICT DO NOTHING`);
}
