import { copyFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  type FixtureResult,
  type PostgresServer,
  placeInInstallation,
  repository,
  runFixture,
  startPostgres,
} from '@pg-otel/testkit';
import { Client } from 'pg';

/** `prisma generate` has written it for the tests of the instrumentation. */
const PRISMA_CLIENT = path.join(repository, 'packages/instrumentation/test/orms/programs/prisma-client.mjs');

let postgres: PostgresServer;
let folder: string;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = placeInInstallation('otel-2/orms', path.join(__dirname, 'programs'));
  copyFileSync(PRISMA_CLIENT, path.join(folder, path.basename(PRISMA_CLIENT)));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await postgres.stop();
});

/** Runs a program on a separate database. */
async function run(program: string): Promise<FixtureResult> {
  const admin = new Client(postgres.url);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${program}`);
  await admin.end();
  const url = Object.assign(new URL(postgres.url), { pathname: program });
  return runFixture({
    installation: 'otel-2/orms',
    folder,
    command: [`${program}.mjs`],
    env: { DATABASE_URL: url.href },
  });
}

const RETRIED = { first: 'retried ECONNREFUSED', last: 'recovered ECONNREFUSED' };
const NEVER_REPEATED = { status: 'rejected', executions: 1, attempts: [] };
const repeated = (code: string) => ({ calls: [1, 2], attempts: [`retried ${code}`, `recovered ${code}`] });
const REPEATED = repeated('40001');

describe.each([
  ['Drizzle', 'drizzle', '40001'],
  ['Kysely', 'kysely', '40001'],
  ['Knex', 'knex', '40001'],
  ['TypeORM', 'typeorm', '40001'],
  // Prisma's code for 40001 and 40P01.
  ['Prisma', 'prisma', 'P2034'],
])('%s on a managed pool that retries', (_, program, conflict) => {
  let result: FixtureResult;
  let found: ReadonlyMap<string, unknown>;

  beforeAll(async () => {
    result = await run(program);
    const lines = result.stdout.split('\n').filter((line) => line.startsWith('{'));
    found = new Map(lines.map((line) => JSON.parse(line)).map((line) => [line.step, line.found]));
  });

  it.each([
    ['sends its statements through the pool', 'statement', { rows: 1, isOfPool: true }],
    ['sees no error while connections are refused', 'refused', { rows: 1, ...RETRIED }],
    [
      'starts a transaction when connections are accepted again',
      'refused transaction',
      { rows: 1, ...RETRIED },
    ],
    [
      'sees no error when the server has closed idle connections',
      'closed while idle',
      { rows: 1, attempts: [] },
    ],
    ['sees the error of a statement that may have run', 'cut', NEVER_REPEATED],
    [
      'sees the error of a transaction whose connection is lost',
      'cut transaction',
      { ...NEVER_REPEATED, rowsBefore: 0 },
    ],
    ['repeats an idempotent statement after a lost connection', 'idempotent', { calls: [1, 2] }],
    [
      'repeats an idempotent transaction after a lost connection',
      'idempotent transaction',
      { calls: [1, 2] },
    ],
    [
      'repeats a transaction whose statement conflicts',
      'conflict',
      { ...repeated(conflict), ages: [40, 100] },
    ],
    ['repeats a transaction whose raw statement conflicts', 'raw conflict', { ...REPEATED, ages: [40, 100] }],
    ['repeats a transaction whose COMMIT conflicts', 'conflict at commit', { ...REPEATED, ages: [90, 90] }],
  ])('%s', (_, step, expected) => expect(found.get(step)).toEqual(expected));

  it('ends with the program', () => expect(result).toMatchObject({ stderr: '', code: 0 }));
});
