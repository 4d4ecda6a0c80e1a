import { setTimeout as sleep } from 'node:timers/promises';
import { pool } from './database.js';

// Mistakes that make requests wait for locks. `npm run demo -- --blocked` shows what pg-otel reports of them.

/** Sells a product. Its row stays locked while the bank is asked. */
export function pay({ product }) {
  return inTransaction(async (client) => {
    await client.query('UPDATE products SET stock = stock - 1 WHERE id = $1', [product]);
    await askBank();
    return { paid: true };
  });
}

/** Takes a product back. The second statement runs on another connection, where it waits for the first. */
export function takeBack({ product }) {
  return inTransaction(async (client) => {
    await client.query('UPDATE products SET stock = stock + 1 WHERE id = $1', [product]);
    const { rows } = await pool.query('SELECT price FROM products WHERE id = $1 FOR UPDATE', [product]);
    return { refund: rows[0].price };
  });
}

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** Banks take their time. */
function askBank() {
  return sleep(6_500);
}
