import { inTransaction, pool } from './database.js';

/** An order that the shop cannot accept. The message is for the customer. */
export class OrderRefused extends Error {}

/** The latest 50 orders. */
export async function listOrders() {
  const { rows } = await pool.query(
    `SELECT o.id, o.customer, o.placed_at, sum(i.quantity * p.price_cents)::int AS total_cents
     FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id
     GROUP BY o.id ORDER BY o.id DESC LIMIT $1`,
    [50],
  );
  return rows;
}

export async function readOrder(id) {
  const { rows } = await pool.query('SELECT id, customer, placed_at FROM orders WHERE id = $1', [id]);
  if (rows[0] === undefined) return undefined;
  const { rows: items } = await pool.query(
    `SELECT p.name, i.quantity, p.price_cents
     FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = $1 ORDER BY p.id`,
    [id],
  );
  return { ...rows[0], items };
}

/** Takes the items from stock and stores the order: all of it, or nothing. */
export async function createOrder({ customer, items } = {}) {
  if (typeof customer !== 'string' || !Array.isArray(items) || items.length === 0)
    throw new OrderRefused('An order has a customer and items.');
  const products = items.map((item) => item?.product);
  const quantities = items.map((item) => item?.quantity);
  try {
    return await inTransaction(async (client) => {
      await client.query(
        `UPDATE products SET stock = stock - quantity
         FROM unnest($1::int[], $2::int[]) AS item (product_id, quantity) WHERE id = product_id`,
        [products, quantities],
      );
      const { rows } = await client.query(
        'INSERT INTO orders (customer) VALUES ($1) RETURNING id, placed_at',
        [customer],
      );
      await client.query(
        `INSERT INTO order_items (order_id, product_id, quantity)
         SELECT $1, product_id, quantity FROM unnest($2::int[], $3::int[]) AS item (product_id, quantity)`,
        [rows[0].id, products, quantities],
      );
      return { ...rows[0], customer, items };
    });
  } catch (error) {
    const refusal = REFUSALS[error.code];
    if (refusal !== undefined) throw new OrderRefused(refusal, { cause: error });
    throw error;
  }
}

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REFUSALS = {
  '22P02': 'Products and quantities are whole numbers.',
  23502: 'Each item has a product and a quantity.',
  23503: 'There is no such product.',
  23505: 'Each product is in an order once.',
  23514: 'There is not enough in stock, or a quantity is not positive.',
};
