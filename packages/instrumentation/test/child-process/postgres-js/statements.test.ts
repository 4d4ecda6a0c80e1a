import { rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  exportTo,
  type FixtureResult,
  type OtlpCapture,
  type PostgresServer,
  placeInInstallation,
  readServerLog,
  runFixture,
  startOtlpCapture,
  startPostgres,
} from '@pg-otel/testkit';
import { sanitizeSql } from '../../../src/sql';

const INSTRUMENTED = ['--import', '@pg-otel/instrumentation/register', '--import', './sdk.cjs', 'story.mjs'];

let capture: OtlpCapture;
let postgres: PostgresServer;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([
    startPostgres({
      database: 'shop',
      settings: { log_statement: 'all', wal_level: 'logical', max_prepared_transactions: 2 },
    }),
    startOtlpCapture(),
  ]);
});
afterAll(() => Promise.all([postgres.stop(), capture.stop()]));

/** The names of the statements of each step, in the order of their ends. */
const STEPS = {
  create: ['CREATE TABLE people'],
  insert: ['INSERT people'],
  fragments: ['SELECT people'],
  prepared: ['SELECT people', 'SELECT people', 'SELECT people'],
  literal: ['SELECT'],
  unsafe: ['SELECT'],
  'several statements': ['SELECT SELECT'],
  simple: ['SELECT'],
  file: ['SELECT'],
  raw: ['SELECT'],
  values: ['SELECT'],
  'for each': ['SELECT'],
  execute: ['SELECT'],
  cursor: ['SELECT'],
  'cursor closed': ['SELECT'],
  iterator: ['SELECT'],
  'iterator left': ['SELECT'],
  'copy in': ['COPY people'],
  'copy out': ['COPY people'],
  transaction: ['begin', 'UPDATE people', 'savepoint', 'SELECT', 'commit'],
  'transaction rolled back': ['begin', 'savepoint', 'SELECT missing_in_savepoint', 'rollback to', 'rollback'],
  'prepared transaction': ['begin', 'SELECT', 'prepare transaction', 'ROLLBACK PREPARED'],
  reserved: ['SELECT', 'SELECT'],
  'large object': ['begin', 'select', 'select', 'select', 'select select select', 'select', 'commit'],
  listen: ['listen "news"', 'select', 'unlisten "news"'],
  violate: ['INSERT people'],
  divide: ['SELECT'],
  burst: Array(20).fill('SELECT'),
  'prepared again': ['SELECT', 'DEALLOCATE', 'SELECT'],
  // The replication commands have no summary. The span is named after the database.
  subscribe: ['CREATE PUBLICATION people', 'shop', 'shop'],
  drop: ['DROP PUBLICATION DROP TABLE people'],
  // The driver asks for the array types on each new connection of a pool.
  'connect shop': Array(3).fill('select pg_catalog.pg_type pg_catalog.pg_type'),
};

/** In the log only as errors, because they fail before they are executed, or as replication commands. */
const UNLOGGED =
  /^(CREATE_REPLICATION_SLOT|START_REPLICATION) |^SELECT \* FROM missing_in_savepoint$|^SELECT 1 \/ \$1::int$/;

/** The expected text on the span: as written with bound values, else without literals. */
const reported = (text: string) => (/\$\d/.test(text) ? text : sanitizeSql(text));

const statementSpans = () => capture.spans().filter(({ attributes }) => 'db.query.text' in attributes);

describe.each(['CommonJS', 'ESM'])('an application on Postgres.js, %s,', (build) => {
  let result: FixtureResult;
  let logged: readonly string[];

  beforeAll(async () => {
    capture.clear();
    const before = postgres.log().length;
    const folder = placeInInstallation('otel-2', path.join(__dirname, 'programs'));
    result = await runFixture({
      installation: 'otel-2',
      folder,
      command: INSTRUMENTED,
      env: { ...exportTo(capture, postgres), BUILD: build },
    });
    rmSync(folder, { recursive: true });
    logged = readServerLog(postgres.log().slice(before), 'shop').statements.map(({ text }) => text);
  });

  it('runs to its end', () => {
    const stdout = 'transaction rolled back changed my mind\nviolate 23505\ndivide 22012\n';
    expect(result).toEqual({ stdout, stderr: expect.anything(), code: 0, signal: null });
  });

  it('has one span for each statement the server executed, with its text', () => {
    const texts = statementSpans().map(({ attributes }) => String(attributes['db.query.text']));
    expect(texts.filter((text) => !UNLOGGED.test(text)).sort()).toEqual(logged.map(reported).sort());
    expect(texts.filter((text) => UNLOGGED.test(text))).toHaveLength(4);
  });

  it('has one duration for each of them', () => {
    const metric = capture.metrics().findLast(({ name }) => name === 'db.client.operation.duration');
    const counts = metric?.points.map(({ count }) => count ?? 0) ?? [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(statementSpans().length);
  });

  it('has each of them below the code that awaits it', () => {
    const names = new Map(capture.spans().map(({ spanId, name }) => [spanId, name]));
    const steps: Record<string, string[]> = {};
    for (const { name, parentSpanId } of statementSpans()) {
      const parent = names.get(parentSpanId ?? '') ?? 'no step';
      steps[parent] = [...(steps[parent] ?? []), name];
    }
    expect(steps).toEqual(STEPS);
  });
});
