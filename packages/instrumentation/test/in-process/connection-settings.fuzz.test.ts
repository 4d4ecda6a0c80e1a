import * as serverless from '@neondatabase/serverless';
import { type NeonEndpoint, startNeonEndpoint } from '@pg-otel/testkit';
import pg from 'pg';
import { WebSocket } from 'ws';
import { instrument } from '../../src';
import { type Instrumented, startInstrumented } from './instrumented';
import {
  expectNoSecretToLeave,
  readEverything,
  reportMost,
  type Use,
  useClient,
  usePool,
} from './misread-settings';

let shop: Instrumented;
let endpoint: NeonEndpoint;
let stopReading: () => void;
let neonDriver: typeof serverless;

beforeAll(async () => {
  shop = await startInstrumented({ user: 'app', hba: ['host all all all trust'] });
  neonDriver = instrument(serverless);
  endpoint = await startNeonEndpoint(shop.server);
  neonDriver.neonConfig.fetchEndpoint = endpoint.httpUrl;
  neonDriver.neonConfig.webSocketConstructor = WebSocket;
  neonDriver.neonConfig.wsProxy = () => endpoint.wsProxy;
  neonDriver.neonConfig.useSecureWebSocket = false;
  stopReading = readEverything(shop);
});

afterAll(async () => {
  stopReading();
  await endpoint.stop();
  await shop.stop();
});

/** Time outs are far beyond what an answer takes: they end what the server never answers. */
const LIMITS = { connectionTimeoutMillis: 20_000 };

const DRIVERS: Record<string, Use> = {
  'pg.Client': (config) => useClient(pg.Client, { ...LIMITS, ...config }),
  'pg.Pool': (config) => usePool(pg.Pool, { ...LIMITS, ...config }),
  'a named pg.Pool': (_, text) => {
    shop.configure({ poolNames: () => text });
    return usePool(pg.Pool, { ...LIMITS, connectionString: shop.server.url });
  },
  'Client of Neon': (config) => useClient(neonDriver.Client as never, config),
  'Pool of Neon': (config) => usePool(neonDriver.Pool as never, { ...LIMITS, ...config }),
  'neon()': async (_, text) => neonDriver.neon(text).query('SELECT 1'),
};

beforeEach(() => {
  shop.recorder.clear();
  reportMost(shop);
});

it.each(Object.entries(DRIVERS))('%s is observed', async (_, use) => {
  await use({ connectionString: shop.server.url }, shop.server.url);
  expect(shop.queries()).toHaveLength(1);
});

it('a password is in nothing that leaves the process, wherever it is in the settings', () =>
  expectNoSecretToLeave(shop, DRIVERS));
