// One request of each kind.
module.exports = ({ neon, Pool, url }) => ({
  [process.env.SCENE ?? 'scene']: async () => {
    const sql = neon(url);
    await sql`SELECT ${1}::int AS n`;
    await sql.transaction([sql`SELECT 1`, sql`SELECT 2`]);
    const pool = new Pool({ connectionString: url });
    await pool.query('SELECT $1::int AS m', [1]);
    await pool.end();
  },
});
