/** What libpq makes of connection settings; see native.test.ts. */
import path from 'node:path';
import type pg from 'pg';
import { instrument } from '../../src';
import { type Instrumented, startInstrumented } from '../in-process/instrumented';
import {
  expectNoSecretToLeave,
  readEverything,
  reportMost,
  type Use,
  useClient,
  usePool,
} from '../in-process/misread-settings';

const folder = process.env['TEST_NATIVE_FOLDER'] as string;
const { native } = require(path.join(folder, 'node_modules', 'pg')) as { native: typeof pg };

let shop: Instrumented;
let stopReading: () => void;

beforeAll(async () => {
  shop = await startInstrumented({ user: 'app', hba: ['host all all all trust'] });
  instrument(native);
  stopReading = readEverything(shop);
});

afterAll(async () => {
  stopReading();
  await shop.stop();
});

const DRIVERS: Record<string, Use> = {
  'pg.native.Client': (config) => useClient(native.Client, config),
  'pg.native.Pool': (config) => usePool(native.Pool, config),
  'pg.native.Client with a string of libpq': (_, text) =>
    useClient(native.Client, { nativeConnectionString: text } as pg.ClientConfig),
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
