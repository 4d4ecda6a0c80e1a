// Queries over HTTP, and calls that send none.
module.exports = ({ neon, neonConfig, Pool, url, sleep, spanned }) => {
  const sql = neon(url);
  const scenes = {
    'the first': async () => {
      await sql`SELECT ${1}::int AS n`;
    },
    'never asked for': () => [sql`SELECT 1`, sql.query('SELECT 2'), sql.unsafe('x'), sql`SELECT ${sql`1`}`],
    'made, and asked for later': async () => {
      const { query } = await spanned('maker', () => ({ query: sql`SELECT 3` }));
      await sleep(5);
      await query;
    },
    'asked for twice': async () => {
      const query = sql`SELECT 1`;
      await query;
      await sleep(20);
      await query.then();
    },
    'catch and finally': async () => {
      await sql`SELECT 1`.catch(() => {});
      await sleep(20);
      await sql`SELECT 1`.finally(() => {});
    },
    fragments: async () => {
      const where = sql`WHERE n = ${2}`;
      await sql`SELECT n FROM generate_series(1, 3) AS n ${where} ${sql.unsafe('LIMIT 1')}`;
    },
    'sql.query': async () => {
      await sql.query('SELECT $1::int AS n', [7], { arrayMode: true, fullResults: true });
    },
    'without rows': async () => {
      await sql.query('SET search_path TO public');
    },
    'a transaction': () => sql.transaction([sql`SELECT ${1}::int AS n`, sql`SELECT 2 AS n`]),
    'a transaction of the same text': () =>
      sql.transaction((tx) => [1, 2, 3].map((n) => tx`SELECT ${n}::int AS n`), {
        readOnly: true,
        isolationLevel: 'Serializable',
      }),
    'a transaction of other operations': () =>
      sql.transaction([sql`SELECT 1`, sql.query('SET search_path TO public')]),
    'a transaction of one': () => sql.transaction([sql`SELECT ${1}::int AS n`]),
    'a failing one': () => sql`SELECT * FROM missing WHERE n = ${1}`.catch(() => {}),
    poolQueryViaFetch: async () => {
      neonConfig.poolQueryViaFetch = true;
      const pool = new Pool({ connectionString: url });
      await pool.query('SELECT $1::int AS n', [1]);
      neonConfig.poolQueryViaFetch = false;
      await pool.end();
    },
    'not composable': () => sql`SELECT ${sql.query('SELECT $1', [1])}`.catch(() => {}),
  };
  if (process.env.TAKES_PARAMETERS !== 'yes') return scenes;

  const { username: user, password, hostname, port, pathname } = new URL(url);
  return {
    ...scenes,
    'connection parameters that are functions': async () => {
      const database = () => pathname.slice(1);
      const asked = { password: async () => password, host: () => hostname, port: async () => port };
      await neon({ user, database, ...asked })`SELECT 1`;
    },
    'a connection string of the query': async () => {
      await neon({ host: 'elsewhere' }).query('SELECT 1', [], { connectionString: async () => url });
    },
  };
};
