import { pool } from './database.js';

/** Sales by product. The sleep stands for years of orders: from 1 s on, a query is slow. */
export async function salesReport() {
  const { rows } = await pool.query(
    `SELECT p.name, sum(i.quantity)::int AS sold, sum(i.quantity * p.price_cents)::int AS revenue_cents
     FROM pg_sleep(1.5), order_items i JOIN products p ON p.id = i.product_id
     GROUP BY p.id ORDER BY revenue_cents DESC`,
  );
  return rows;
}
