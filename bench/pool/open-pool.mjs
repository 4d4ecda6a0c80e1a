import pg from 'pg';

/** A pool whose connections are all there: what is measured is waiting, not connecting. */
export async function openPool(connections) {
  const pool = new pg.Pool({ max: connections, idleTimeoutMillis: 0 });
  const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
  await Promise.all(clients.map((client) => client.query('SELECT 1')));
  for (const client of clients) client.release();
  return pool;
}
