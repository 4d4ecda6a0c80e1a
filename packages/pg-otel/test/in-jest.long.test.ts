import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { exportTo, type FixtureResult, placeInInstallation, runFixture } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const runner = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

/** Jest runs the files in the order of their names, in one process. */
const CONFIGURATION = {
  'jest.config.js': `
    module.exports = {
      testRegex: '\\\\.test\\\\.js$',
      testSequencer: './by-name.js',
      testEnvironmentOptions: { globalsCleanup: 'off' },
      testTimeout: 60_000,
    };`,
  'by-name.js': `
    module.exports = class {
      shard(tests) { return tests; }
      sort(tests) { return [...tests].sort((one, other) => (one.path < other.path ? -1 : 1)); }
      allFailedTests() { return []; }
      cacheResults() {}
    };`,
};

/** Runs a test file, and another one that lasts longer than anything that the first one leaves behind. */
async function runJest(test: string): Promise<FixtureResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'jest-'));
  const files = {
    ...CONFIGURATION,
    'first.test.js': test,
    'second.test.js': `test('lasts', () => new Promise((done) => setTimeout(done, 4_000)));`,
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const placed = placeInInstallation('otel-2', folder);
  fs.rmSync(folder, { recursive: true });
  try {
    const env = exportTo(capture, postgres);
    return await runFixture({
      installation: 'otel-2',
      folder: placed,
      command: [runner, '--runInBand', '--forceExit'],
      env,
    });
  } finally {
    fs.rmSync(placed, { recursive: true });
  }
}

it.each([
  [
    'a query that is slow after the end of its test file',
    'instrument(pg)',
    `client.query('SELECT pg_sleep(3)').catch(() => {});`,
  ],
  [
    'an application that calls start()',
    `require('pg-otel').start()`,
    `await client.query('SELECT 1'); await client.end();`,
  ],
])('a run of Jest passes with %s', async (_, setUp, queries) => {
  const { code, stderr } = await runJest(`
    const pg = require('pg');
    const { instrument, PostgresInstrumentation } = require('@pg-otel/instrumentation');
    const { logs } = require('@opentelemetry/api-logs');
    test('queries', async () => {
      // Somebody receives events, so the server would be asked why the query is slow.
      logs.setGlobalLoggerProvider({ getLogger: () => ({ emit() {}, enabled: () => true }) });
      new PostgresInstrumentation({ slowAfter: [0.5] });
      ${setUp};
      const client = new pg.Client();
      client.on('error', () => {});
      await client.connect();
      ${queries}
    });`);
  expect(stderr).not.toContain('torn down');
  expect(stderr).toContain('Tests:       2 passed, 2 total');
  expect(code).toBe(0);
});
