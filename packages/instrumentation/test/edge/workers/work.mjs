/** The work of the workers with Neon, each under its own path. */
const closedPort = 'http://127.0.0.1:1/sql';

export const work = {
  template: ({ sql }) => sql`SELECT ${42}::int AS answer`,
  query: ({ sql }) =>
    sql.query('SELECT generate_series(1, $1::int) AS number', [3], { arrayMode: true, fullResults: true }),
  transaction: ({ sql }) =>
    sql.transaction([sql`SELECT ${1}::int AS one`, sql`SELECT 'two' AS two`], { readOnly: true }),
  failing: ({ sql }) => sql`SELECT * FROM missing`,
  'never-awaited': ({ sql }) => {
    sql`SELECT 'nobody asks for it'`;
    return 'nothing was sent';
  },
  twice: async ({ sql }) => {
    const query = sql`SELECT 1 AS one`;
    return [await query, await query];
  },
  down: ({ sql, neonConfig }) => {
    const { fetchEndpoint } = neonConfig;
    neonConfig.fetchEndpoint = closedPort;
    const sent = sql`SELECT 1 AS one`;
    return sent.finally(() => {
      neonConfig.fetchEndpoint = fetchEndpoint;
    });
  },
  pool: async ({ Pool, env, collect }) => {
    const pool = new Pool({ connectionString: env.DATABASE_URL, max: 3 });
    const { rows } = await pool.query('SELECT $1::int AS answer', [42]);
    const client = await pool.connect();
    const failed = await client.query('SELECT * FROM missing').catch(({ code }) => code);
    // Read from the pool while the connection is checked out.
    await collect();
    client.release();
    await pool.end();
    return { rows, failed };
  },
  'pool-down': ({ Pool, env, neonConfig }) => {
    neonConfig.wsProxy = () => '127.0.0.1:1';
    return new Pool({ connectionString: env.DATABASE_URL }).query('SELECT 1 AS one');
  },
  'endless-pool': async ({ Pool, env }) => {
    const pool = new Pool({ connectionString: env.DATABASE_URL });
    return (await pool.query('SELECT pg_sleep(600)')).rows;
  },
  slow: ({ sql }) => sql`SELECT 1 AS one FROM pg_sleep(0.2)`,
  endless: ({ sql }) => sql`SELECT pg_sleep(600)`,
};
