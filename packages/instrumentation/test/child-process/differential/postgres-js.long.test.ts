import { type PostgresServer, removePlaced, runtimes } from '@pg-otel/testkit';
import { type Build, LONG_PROGRAMS, program, SHORT_PROGRAMS, startServer } from './postgres-js';
import { both, complaint, type Driver, differences, logged, read } from './runs';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startServer();
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

const older = (installation: Driver['installation']): Driver => ({ installation, node: process.execPath });
const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['postgres 3.1.0', older('otel-2/postgres-3.1')],
  ['postgres 3.4.0', older('otel-2/postgres-3.4')],
];
const newest = drivers[0]?.[1] as Driver;

type Case = [name: string, build: Build];
const PROGRAMS = [...SHORT_PROGRAMS, ...LONG_PROGRAMS];
const cases = (build: Build, programs = PROGRAMS) => programs.map((name): Case => [name, build]);

/** Together with postgres-js.test.ts, each program in each build on the newest driver, and a choice on the others. */
function casesOn({ installation, node }: Driver): Case[] {
  if (node === newest.node && installation === newest.installation) {
    return [...cases('CommonJS', LONG_PROGRAMS), ...cases('ESM'), ...cases('bundle')];
  }
  return installation.includes('/')
    ? [...cases('CommonJS'), ...cases('ESM', ['queries'])]
    : [...cases('ESM'), ...cases('CommonJS', ['queries'])];
}

describe.each(drivers)('Postgres.js on %s', (_, driver) => {
  it.each(casesOn(driver))('%s, %s, behave as uninstrumented', async (name, build) => {
    const [uninstrumented, instrumented] = await both(
      driver,
      'instrumented',
      await program(postgres, driver, build, name),
    );
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(10);
  });
});

describe('Postgres.js in an application without an SDK', () => {
  it.each(cases('CommonJS'))('%s, %s, behave as uninstrumented', async (name, build) => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'without an SDK',
      await program(postgres, newest, build, name),
    );
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
  });
});

/** The names in programs/postgres-js-endings.cjs. */
const ENDINGS = [...read('programs/postgres-js-endings.cjs').matchAll(/^ {2}async '(.*)'\(\) \{$/gm)].map(
  ([, name]) => name as string,
);

describe('with Postgres.js a process ends as uninstrumented', () => {
  it.each(ENDINGS)('%s', async (ending) => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'instrumented',
      await program(postgres, newest, 'CommonJS', 'endings', ending),
    );
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, instrumented.signal]).toEqual([uninstrumented.code, uninstrumented.signal]);
    expect(instrumented.spans).toBeGreaterThanOrEqual(0);
  });
});

describe('docs/reference/compatibility.md', () => {
  it.each<Build>(['CommonJS', 'ESM'])('lists everything that differs, %s', async (build) => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'instrumented',
      await program(postgres, newest, build, 'deviations'),
    );
    const replaced = (what: string, before: unknown, after: unknown) => [
      'what is replaced',
      what,
      [before],
      [after],
    ];
    expect(differences(uninstrumented, instrumented)).toEqual([
      replaced('postgres has the source', true, false),
      replaced('Query: functions where methods were', '[]', `[ 'handle' ]`),
      replaced('Query: symbols', '[]', `[ 'Symbol(pg-otel.patched)' ]`),
      ['frames in the stack of what a callback throws', 'frames of the instrumentation', [false], [true]],
      ...(build === 'CommonJS' ? [['the module', 'the same export', [true], [false]]] : []),
    ]);
  });
});
