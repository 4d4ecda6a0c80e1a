import { neon, neonConfig, Pool } from '@neondatabase/serverless';
import { planFromEnv } from '@pg-otel/pool-sizing';
import { drizzle as overHttp } from 'drizzle-orm/neon-http';
import { drizzle as overWebSocket } from 'drizzle-orm/neon-serverless';
import ws from 'ws';

const { DATABASE_URL, NEON_FETCH_ENDPOINT, NEON_WS_PROXY } = process.env;
if (!DATABASE_URL)
  throw new Error('DATABASE_URL must be set: the connection string of Neon, or see the README');

// Node.js has a WebSocket since version 22. With this one, DNS, TCP and TLS are separate phases of the setup.
neonConfig.webSocketConstructor = ws;
// Not needed with Neon itself: for a local endpoint, such as that of @pg-otel/neon-local.
if (NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT;
if (NEON_WS_PROXY) {
  neonConfig.wsProxy = NEON_WS_PROXY;
  neonConfig.useSecureWebSocket = false;
}

const pool = new Pool({ connectionString: DATABASE_URL, ...planFromEnv(process.env).pool });
// Without a listener, an idle connection that the server closes would end the process.
pool.on('error', (error: Error) => console.error(`An idle connection was lost: ${error.message}`));

/** For transactions: connections of a pool, which are WebSockets. */
export const db = overWebSocket({ client: pool });

/** For single statements: each is one HTTP request and needs no connection of the pool. */
export const http = overHttp({ client: neon(DATABASE_URL) });

export const closeDatabase = () => pool.end();
