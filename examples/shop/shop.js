import { portions, query, rows, sql, transaction } from './database.js';

export function productsOf(category) {
  return rows(sql`SELECT id, name, price FROM products WHERE category = ${category} ORDER BY price LIMIT 20`);
}

export async function product(id) {
  const [found] = await rows(sql`SELECT id, name, category, price, stock FROM products WHERE id = ${id}`);
  return found;
}

/** A search without an index: it takes a while. */
export async function search(words) {
  return query(
    `SELECT p.id, p.name, count(*) AS matches
     FROM products p CROSS JOIN generate_series(1, 60) AS n
     WHERE p.name || n ILIKE $1 GROUP BY p.id, p.name ORDER BY matches DESC LIMIT 10`,
    [`%${words}%`],
  );
}

export class EmailTaken extends Error {}

export async function register({ email, name }) {
  try {
    const [customer] = await query('INSERT INTO customers (email, name) VALUES ($1, $2) RETURNING id', [
      email,
      name,
    ]);
    return customer;
  } catch (error) {
    if (error.code === '23505') throw new EmailTaken(email, { cause: error });
    throw error;
  }
}

/** An order with its items: all of it, or nothing. */
export async function checkout({ customer, items }) {
  const [[order]] = await transaction([
    sql`INSERT INTO orders (customer_id) VALUES (${customer}) RETURNING id`,
    ...items.flatMap(({ product, quantity }) => [
      sql`UPDATE products SET stock = stock - ${quantity} WHERE id = ${product}`,
      sql`
        INSERT INTO order_items (order_id, product_id, quantity)
        VALUES (currval('orders_id_seq'), ${product}, ${quantity})`,
    ]),
  ]);
  return { order: order.id };
}

/** Every product, in portions: no result is ever held whole. */
export function allProducts(portion = 100) {
  return portions('SELECT id, name, category, price, stock FROM products ORDER BY id', portion);
}

/** Sales by category. Nobody has had the time to make it fast: the sleep stands for years of orders. */
export async function salesReport() {
  return query(
    `SELECT p.category, sum(i.quantity)::int AS sold, sum(i.quantity * p.price)::float AS revenue
     FROM order_items i JOIN products p ON p.id = i.product_id, pg_sleep(6.5)
     GROUP BY p.category ORDER BY revenue DESC`,
  );
}
