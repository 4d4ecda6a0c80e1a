import Cursor from 'pg-cursor';

/** What the shop does with a pool of node-postgres, or with that of Neon's driver, which has the same API. */
export async function usePool(pool) {
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

  return {
    pool,
    query: async (text, values) => (await pool.query(text, values)).rows,
    async *portions(text, size) {
      const client = await pool.connect();
      const cursor = client.query(new Cursor(text));
      try {
        for (;;) {
          const rows = await cursor.read(size);
          if (rows.length === 0) return;
          yield rows;
        }
      } finally {
        await cursor.close();
        client.release();
      }
    },
    end: () => pool.end(),
  };
}
