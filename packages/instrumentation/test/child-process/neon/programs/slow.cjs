// Slow queries over HTTP and WebSocket at the same time.
module.exports = ({ neon, Client, Pool, url, sleep }) => ({
  slow: async () => {
    const sql = neon(url);
    const client = new Client(url);
    await client.connect();
    const pool = new Pool({ connectionString: url });
    const held = await pool.connect();
    await Promise.all([
      sql`SELECT pg_sleep(${2})`.then(() => {}),
      sql.transaction([sql`SELECT pg_sleep(1)`, sql`SELECT pg_sleep(1)`]),
      client.query('SELECT pg_sleep(2)'),
      sleep(2000),
    ]);
    console.log('answered');
    held.release();
    await Promise.all([client.end(), pool.end()]);
  },
});
