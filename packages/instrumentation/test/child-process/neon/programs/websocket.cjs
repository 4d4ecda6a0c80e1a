// Clients and pools over WebSocket; the package ws, or Node's own.
module.exports = ({ neonConfig, Client, Pool, url, proxy }) => {
  if (process.env.WEBSOCKET === 'global') neonConfig.webSocketConstructor = globalThis.WebSocket;
  const wrong = url.replace(/:[^:/@]+@/, ':wr0ng@');
  /** Ends the client only if it is connected: otherwise end() never resolves, or fails with an error that cannot be caught. */
  const withClient = async (config, play) => {
    const client = new Client(config);
    client.on('error', () => {});
    const isToBeEnded = await play(client);
    if (isToBeEnded !== false) await client.end();
  };
  const ends = async (promise) => {
    await promise.catch(() => {});
  };
  return {
    'a client': () =>
      withClient(url, async (client) => {
        await client.connect();
        await client.query('SELECT $1::int AS n', [1]);
        await client.query('SELECT 2 AS n');
      }),
    'without pipelineConnect': () =>
      withClient(url, async (client) => {
        client.neonConfig.pipelineConnect = false;
        await client.connect();
        await client.query('SELECT 1');
      }),
    'a wrong password': () =>
      withClient(wrong, async (client) => {
        await client.connect();
        await ends(client.query('SELECT 1'));
        return false;
      }),
    'a wrong password without pipelineConnect': () =>
      withClient(wrong, async (client) => {
        client.neonConfig.pipelineConnect = false;
        await ends(client.connect());
        return false;
      }),
    'a refused upgrade': () =>
      withClient(url, async (client) => {
        client.neonConfig.wsProxy = () => `${proxy}?fault=status:400`;
        await ends(client.connect());
        return false;
      }),
    'a killed backend': () =>
      withClient(url, async (client) => {
        await client.connect();
        await ends(client.query('SELECT pg_terminate_backend(pg_backend_pid())'));
        return false;
      }),
    'a pool': async () => {
      const pool = new Pool({ connectionString: url, max: 1 });
      await pool.query('SELECT 1');
      const client = await pool.connect();
      // For requests that wait from now on: a connection may take longer than that to open.
      pool.options.connectionTimeoutMillis = 60;
      await ends(pool.connect());
      await client.query('SELECT 2');
      client.release();
      // Open when its numbers are read.
      globalThis.pool = pool;
    },
  };
};
