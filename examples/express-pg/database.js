import { readFile } from 'node:fs/promises';
import { createPool, retry } from '@pg-otel/pool';
import { logger } from './logger.js';

/**
 * The pool of `DATABASE_URL`, or of `PGHOST` and the like. Its size is planned, then follows the load; its health is
 * checked, and it recovers after an outage.
 */
export const pool = createPool({ limits: { serverConnections: 100 } });

// Without a listener, an idle connection that the server closes would end the process.
pool.on('error', (error) => logger.warn(error, 'An idle connection was lost.'));

export async function createSchema() {
  await pool.query(await readFile(new URL('schema.sql', import.meta.url), 'utf8'));
}

/** Runs `work` in a transaction: again after a deadlock, which has rolled it back. */
export function inTransaction(work) {
  return retry(async () => {
    const client = await pool.connect();
    let failure;
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot roll back is closed.
      await client.query('ROLLBACK').catch((lost) => {
        failure = lost;
      });
      throw error;
    } finally {
      client.release(failure);
    }
  });
}
