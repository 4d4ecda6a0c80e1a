import { type PostgresServer, removePlaced, runtimes, startPostgres } from '@pg-otel/testkit';
import { both, complaint, type Driver, differences, logged, type Program, read } from './runs';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop', tls: true });
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

const program = (name: string, ...args: string[]): Program => ({
  name,
  args,
  env: {
    ...postgres.env,
    URL: postgres.url,
    SOCKET_FOLDER: postgres.socketFolder,
    CA: postgres.ca as string,
  },
});

const oldest: Driver = { installation: 'otel-2/oldest-pg', node: process.execPath };
const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['the oldest pg', oldest],
];
const newest = drivers[0]?.[1] as Driver;
const PROGRAMS = ['queries', 'submittables', 'connections', 'pools', 'shapes', 'order'];

describe.each(drivers)('on %s', (_, driver) => {
  it.each(PROGRAMS)('%s behave as uninstrumented', async (name) => {
    const [uninstrumented, instrumented] = await both(driver, 'instrumented', program(name));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(10);
  });
});

describe('in an application without an SDK', () => {
  it.each(PROGRAMS)('%s behave as uninstrumented', async (name) => {
    const [uninstrumented, instrumented] = await both(newest, 'without an SDK', program(name));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
  });
});

/** The names in programs/endings.cjs. */
const ENDINGS = [...read('programs/endings.cjs').matchAll(/^ {2}async '(.*)'\(\) \{$/gm)].map(
  ([, name]) => name as string,
);

describe.each([
  ['the newest pg', newest],
  ['the oldest pg', oldest],
])('on %s a process ends as uninstrumented', (_, driver) => {
  it.each(ENDINGS)('%s', async (ending) => {
    const [uninstrumented, instrumented] = await both(driver, 'instrumented', program('endings', ending));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, instrumented.signal]).toEqual([uninstrumented.code, uninstrumented.signal]);
    expect(instrumented.spans).toBeGreaterThanOrEqual(0);
  });
});

describe('docs/reference/compatibility.md', () => {
  it('lists everything that differs', async () => {
    const [uninstrumented, instrumented] = await both(newest, 'instrumented', program('deviations'));
    expect(differences(uninstrumented, instrumented)).toEqual([
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
      ['methods that are replaced', 'Query has symbols', ['[]'], [`[ 'Symbol(pg-otel.ends-are-seen)' ]`]],
      ['methods that are replaced', 'Pool has functions where methods were', [false], [true]],
      ['methods that are replaced', 'Pool has symbols', ['[]'], [`[ 'Symbol(pg-otel.patched)' ]`]],
      ['frames in the stack of what a callback throws', 'frames of the instrumentation', [false], [true]],
      ['listeners', 'the first event with a listener', ['connect'], ['sslconnect']],
    ]);
  });
});
