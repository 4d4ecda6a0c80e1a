/** How libpq reads connection settings; see native.test.ts. */
import path from 'node:path';
import type pg from 'pg';
import { instrument } from '../../src';
import { testMisreadSettings, useClient, usePool } from '../in-process/misread-settings';

const folder = process.env['TEST_NATIVE_FOLDER'] as string;
const { native } = require(path.join(folder, 'node_modules', 'pg')) as { native: typeof pg };

testMisreadSettings(
  {
    'pg.native.Client': (config) => useClient(native.Client, config),
    'pg.native.Pool': (config) => usePool(native.Pool, config),
    'pg.native.Client with a string of libpq': (_, text) =>
      useClient(native.Client, { nativeConnectionString: text } as pg.ClientConfig),
  },
  () => void instrument(native),
);
