import { type PostgresServer, removePlaced } from '@pg-otel/testkit';
import { drivers, newest, program, startServer } from './node-postgres';
import { both, complaint, differences, logged } from './runs';

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startServer();
});
afterAll(async () => {
  removePlaced();
  await postgres.stop();
});

const PROGRAMS = ['queries', 'submittables', 'connections', 'pools', 'shapes', 'order'];

describe.each(drivers)('on %s', (_, driver) => {
  it.each(PROGRAMS)('%s behave as uninstrumented', async (name) => {
    const [uninstrumented, instrumented] = await both(driver, 'instrumented', program(postgres, name));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(10);
  });
});

describe('in an application without an SDK', () => {
  it.each(PROGRAMS)('%s behave as uninstrumented', async (name) => {
    const [uninstrumented, instrumented] = await both(newest, 'without an SDK', program(postgres, name));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
  });
});

describe('docs/reference/compatibility.md', () => {
  it('lists everything that differs', async () => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'instrumented',
      program(postgres, 'deviations'),
    );
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
