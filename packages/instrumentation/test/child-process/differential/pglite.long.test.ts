import { runtimes } from '@pg-otel/testkit';
import { type Build, type Driver, OLDEST, stageEnvironment } from '../pglite/pglite';
import { both, complaint, differences, logged, type Mode } from './runs';

const [newest, ...others] = runtimes() as [Driver, ...Driver[]];
const CASES: [driver: string, build: Build, mode: Mode, Driver][] = [
  [String(newest), 'CommonJS', 'instrumented', newest],
  [String(newest), 'CommonJS', 'without an SDK', newest],
  ...others.map((other): [string, Build, Mode, Driver] => [String(other), 'ESM', 'instrumented', other]),
  ['PGlite 0.2', 'CommonJS', 'instrumented', OLDEST],
  ['PGlite 0.2', 'ESM', 'instrumented', OLDEST],
];

const program = (driver: Driver, build: Build, name = 'pglite') => ({
  name,
  env: stageEnvironment(driver, build),
});

describe('PGlite', () => {
  it.each(CASES)('on %s, %s, %s, behaves as uninstrumented', async (_, build, mode, driver) => {
    const [uninstrumented, instrumented] = await both(driver, mode, program(driver, build));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    if (mode === 'instrumented') expect(instrumented.spans).toBeGreaterThan(40);
  });
});

describe('docs/reference/compatibility.md', () => {
  it('lists everything that differs with PGlite', async () => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'instrumented',
      program(newest, 'CommonJS', 'pglite-deviations'),
    );
    const inherited = ['describeQuery', 'exec', 'query', 'runExclusive', 'transaction'];
    expect(differences(uninstrumented, instrumented)).toEqual([
      ['what is replaced', 'functions where methods were', ['[]'], [expect.any(String)]],
      ['what is replaced', 'inherited before', ['[]'], [expect.any(String)]],
      ['what is replaced', 'symbols', [false], [true]],
      ['errors', 'frames of the instrumentation in the stack', [false], [true]],
    ]);
    const [functions, own] = logged(instrumented)
      .slice(0, 2)
      .map((line) => JSON.parse(line)[2].match(/\w+/g).sort());
    expect(own).toEqual(inherited);
    expect(functions).toEqual(
      [
        ...inherited,
        '_checkReady',
        '_runExclusiveQuery',
        '_runExclusiveTransaction',
        'execProtocol',
        'execProtocolStream',
      ].sort(),
    );
  });
});
