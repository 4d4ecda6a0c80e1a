import { neon, neonConfig, Pool } from '@neondatabase/serverless';
import ws from 'ws';
import { usePool } from './pool.js';

const { DATABASE_URL, NEON_FETCH_ENDPOINT, NEON_WS_PROXY } = process.env;

// Node has a WebSocket since version 22. With this one, DNS, TCP and TLS have separate phases.
neonConfig.webSocketConstructor = ws;
// Not needed with Neon itself: for a local endpoint, such as that of @pg-otel/neon-local.
if (NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT;
if (NEON_WS_PROXY) {
  neonConfig.wsProxy = NEON_WS_PROXY;
  neonConfig.useSecureWebSocket = false;
}

/** The pool's connections are WebSockets; all else is one HTTP request each. */
export async function open(options) {
  const sql = neon(DATABASE_URL);
  return {
    sql,
    rows: (statement) => statement,
    transaction: (statements) => sql.transaction(statements),
    ...(await usePool(new Pool({ ...options, connectionString: DATABASE_URL }))),
  };
}
