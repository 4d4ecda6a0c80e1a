import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { type PostgresServer, repository, startPostgres } from '@pg-otel/testkit';

/** The example runs where it is: drizzle-kit is no part of the lines. */
const example = path.join(repository, 'examples/drizzle');
const drizzleKit = path.join(repository, 'node_modules/drizzle-kit/bin.cjs');
/** Of a pooler that nobody must reach. */
const POOLED = 'postgresql://app:geheim@127.0.0.1:6432/shop';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
});
afterAll(() => postgres.stop());

async function node(
  script: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ output: string; code: number }> {
  const { PATH = '', HOME = '' } = process.env;
  const run = promisify(execFile)(process.execPath, script, { cwd: example, env: { PATH, HOME, ...env } });
  return run.then(
    ({ stdout, stderr }) => ({ output: stdout + stderr, code: 0 }),
    ({ stdout, stderr, code }) => ({ output: stdout + stderr, code }),
  );
}

it('migrates over the direct connection, and works with a pool of the planned size', async () => {
  const urls = { DATABASE_URL: POOLED, DATABASE_URL_UNPOOLED: postgres.url };
  const migrated = await node([drizzleKit, 'migrate'], { ...urls, NODE_ENV: 'production' });
  expect(migrated).toMatchObject({ output: expect.stringContaining('migrations applied'), code: 0 });

  const again = await node([drizzleKit, 'migrate'], { ...urls, NODE_ENV: 'production' });
  expect(again.code).toBe(0);

  const app = await node(['app.js'], { DATABASE_URL: postgres.url, NODE_ENV: 'staging' });
  expect(app).toEqual({ output: 'Tea, from a pool of 15\n', code: 0 });
});

it('does not migrate over a pooler, and repeats no password', async () => {
  const { output, code } = await node([drizzleKit, 'migrate'], { DATABASE_URL: POOLED });
  expect(output).toContain(
    'DATABASE_URL_UNPOOLED must be set to a direct connection: DATABASE_URL goes through a pooler',
  );
  expect(output).not.toContain('geheim');
  expect(code).toBe(1);
});
