import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  type FixtureResult,
  type Line,
  type PostgresServer,
  runFixture,
  runtimes,
  startPostgres,
} from '@pg-otel/testkit';
import { place, removePlaced } from '../application';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop', tls: true });
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

/** The driver as it is, in an application with an SDK and everything optional on, and with us alone. */
type Mode = 'bare' | 'instrumented' | 'without an SDK';

interface Driver {
  readonly line: Line;
  readonly node: string;
}

interface Run extends FixtureResult {
  /** How many spans there were; undefined for a bare run. */
  readonly spans: number | undefined;
}

const read = (file: string): string => fs.readFileSync(path.join(__dirname, file), 'utf8');

async function run({ line, node }: Driver, mode: Mode, program: string, ...args: string[]): Promise<Run> {
  const spansFile = path.join(os.tmpdir(), `pg-otel-spans-${randomUUID()}`);
  const options = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '3600000',

    PG_OTEL_PARAMETERS: 'true',
    PG_OTEL_ACQUIRE_SPANS: 'always',
    PG_OTEL_EXCEPTION_MESSAGES: 'true',
  };
  try {
    const result = await runFixture({
      line,
      node,
      script: path.join(__dirname, 'programs', `${program}.cjs`),
      args,
      nodeArgs: mode === 'bare' ? [] : ['--require', place(line, read('preload.cjs'), 'cjs')],
      env: {
        ...postgres.env,
        STAGE: place(line, read('stage.cjs'), 'cjs'),
        URL: postgres.url,
        SOCKET_FOLDER: postgres.socketFolder,
        CA: postgres.ca as string,
        ...(mode === 'bare' ? {} : { SPANS_FILE: spansFile }),
        ...(mode === 'instrumented' ? { ...options, WITH_SDK: 'yes' } : {}),
      },
      timeoutMillis: 60_000,
    });
    return {
      ...result,
      spans: fs.existsSync(spansFile) ? Number(fs.readFileSync(spansFile, 'utf8')) : undefined,
    };
  } finally {
    fs.rmSync(spansFile, { force: true });
  }
}

/** What was told. */
const told = ({ stdout }: FixtureResult): string[] => stdout.trimEnd().split('\n');

/** What Node writes of an error that nobody caught: neither its way through the code nor its properties. */
const complaint = ({ stderr }: FixtureResult): string[] =>
  stderr
    .split('\n')
    .filter((line) => /^\S/.test(line) && !/^}|PgOtelWarning|DeprecationWarning|^\(Use `node/.test(line))
    .map((line) => line.replace(/^\S+\.c?js:\d+$/, 'file'));

const oldest: Driver = { line: 'otel-2/oldest-pg', node: process.execPath };
const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['the oldest pg', oldest],
];
const newest = drivers[0]?.[1] as Driver;
const PROGRAMS = ['queries', 'submittables', 'connections', 'pools', 'shapes', 'order'];

describe.each(drivers)('on %s', (_, driver) => {
  it.each(PROGRAMS)('%s are as without us', async (program) => {
    const [bare, instrumented] = await Promise.all([
      run(driver, 'bare', program),
      run(driver, 'instrumented', program),
    ]);
    expect(told(instrumented)).toEqual(told(bare));
    expect(complaint(instrumented)).toEqual(complaint(bare));
    expect([instrumented.code, bare.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(10);
  });
});

describe('in an application without an SDK', () => {
  it.each(PROGRAMS)('%s are as without us', async (program) => {
    const [bare, ours] = await Promise.all([
      run(newest, 'bare', program),
      run(newest, 'without an SDK', program),
    ]);
    expect(told(ours)).toEqual(told(bare));
    expect(complaint(ours)).toEqual(complaint(bare));
    expect([ours.code, bare.code]).toEqual([0, 0]);
  });
});

/** The names in programs/endings.cjs. */
const ENDINGS = [...read('programs/endings.cjs').matchAll(/^ {2}async '(.*)'\(\) \{$/gm)].map(
  ([, name]) => name as string,
);

describe.each([
  ['the newest pg', newest],
  ['the oldest pg', oldest],
])('on %s a process ends as without us', (_, driver) => {
  it.each(ENDINGS)('%s', async (ending) => {
    const [bare, instrumented] = await Promise.all([
      run(driver, 'bare', 'endings', ending),
      run(driver, 'instrumented', 'endings', ending),
    ]);
    expect(told(instrumented)).toEqual(told(bare));
    expect(complaint(instrumented)).toEqual(complaint(bare));
    expect([instrumented.code, instrumented.signal]).toEqual([bare.code, bare.signal]);
    expect(instrumented.spans).toBeGreaterThanOrEqual(0);
  });
});

describe('what docs/compatibility.md names', () => {
  it('is all that differs', async () => {
    const [bare, instrumented] = await Promise.all([
      run(newest, 'bare', 'deviations'),
      run(newest, 'instrumented', 'deviations'),
    ]);
    const before = told(bare);
    const differences = told(instrumented)
      .map((line, index) => ({ bare: before[index], ours: line }))
      .filter(({ bare, ours }) => bare !== ours)
      .map(({ bare, ours }) => {
        const [scene, what, ...values] = JSON.parse(ours);
        return [scene, what, JSON.parse(bare ?? '[]').slice(2), values];
      });
    expect(differences).toEqual([
      ['microtasks of pool.connect', 'turns of the microtask queue', [2], [3]],
      ...['pg.Query', 'cursor', 'query stream', 'COPY TO'].map((name) => [
        'a submittable while it runs',
        `${name} has own properties more`,
        [false, '[]'],
        [true, '[]'],
      ]),
      ['a submittable while it runs', 'COPY TO hides from for-in', ['[]'], [`[ 'push' ]`]],
      ['a submittable while it runs', 'COPY FROM has own properties more', [false, '[]'], [true, '[]']],
      ['methods that are replaced', 'Client has functions where methods were', [false], [true]],
      ['methods that are replaced', 'Client has symbols', ['[]'], [`[ 'Symbol(pg-otel.patched)' ]`]],
      ['methods that are replaced', 'Query has functions where methods were', [false], [true]],
      ['methods that are replaced', 'Pool has functions where methods were', [false], [true]],
      ['methods that are replaced', 'Pool has symbols', ['[]'], [`[ 'Symbol(pg-otel.patched)' ]`]],
      ['frames in the stack of what a callback throws', 'frames of ours', [false], [true]],
      ['listeners', 'the first event somebody listened to', ['connect'], ['sslconnect']],
    ]);
  });
});
