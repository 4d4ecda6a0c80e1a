import * as serverless from '@neondatabase/serverless';
import { type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import pg from 'pg';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { testMisreadSettings, useClient, usePool } from './misread-settings';

let endpoint: NeonEndpoint;
let neonDriver: typeof serverless;
afterAll(() => endpoint.stop());

/** Far beyond the time of an answer: it ends connections that the server never answers. */
const LIMITS = { connectionTimeoutMillis: 20_000 };

testMisreadSettings(
  {
    'pg.Client': (config) => useClient(pg.Client, { ...LIMITS, ...config }),
    'pg.Pool': (config) => usePool(pg.Pool, { ...LIMITS, ...config }),
    'a named pg.Pool': (_, text, shop) => {
      shop.configure({ poolNames: () => text });
      return usePool(pg.Pool, { ...LIMITS, connectionString: shop.server.url });
    },
    'Client of Neon': (config) => useClient(neonDriver.Client as never, config),
    'Pool of Neon': (config) => usePool(neonDriver.Pool as never, { ...LIMITS, ...config }),
    'neon()': async (_, text) => neonDriver.neon(text).query('SELECT 1'),
  },
  async ({ server }) => {
    neonDriver = instrument(serverless);
    endpoint = await startNeonEndpoint(server);
    neonDriver.neonConfig.fetchEndpoint = endpoint.httpUrl;
    neonDriver.neonConfig.webSocketConstructor = WebSocket;
    neonDriver.neonConfig.wsProxy = () => endpoint.wsProxy;
    neonDriver.neonConfig.useSecureWebSocket = false;
  },
);
