// The Neon driver, pointed at the endpoint on this machine. Every importer of it here is ESM: its CommonJS build
// is a separate copy with a separate configuration.
import { neonConfig } from '@neondatabase/serverless';
import WebSocket from 'ws';

neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
neonConfig.wsProxy = () => process.env.NEON_WS_PROXY;
neonConfig.useSecureWebSocket = false;
// Node 20 has none.
neonConfig.webSocketConstructor = WebSocket;
