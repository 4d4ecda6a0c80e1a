import { type NeonStage, place, removePlaced, runFixture, runtimes, startNeonStage } from '@pg-otel/testkit';
import { both, complaint, type Driver, differences, logged, type Program, read } from './runs';

let stage: NeonStage;

beforeAll(async () => {
  stage = await startNeonStage({ database: 'shop' });
  const { code } = await runFixture({
    installation: 'otel-2',
    type: 'commonjs',
    env: stage.postgres.env,
    source: `
      const { Client } = require('pg');
      const client = new Client();
      client.connect();
      client.query('CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (1)').then(() => client.end());`,
  });
  expect(code).toBe(0);
});
afterAll(async () => {
  removePlaced();
  await stage.stop();
});

/** The driver's two builds share nothing. */
type Build = 'CommonJS' | 'ESM';

const program = (name: string, { installation }: Driver, build: Build): Program => ({
  name,
  nodeArgs: build === 'ESM' ? ['--import', place(installation, read('import.mjs'), 'mjs')] : [],
  env: {
    ...stage.endpoint.env,
    URL: stage.endpoint.url,
    NEON_STAGE: place(installation, read('neon-stage.cjs'), 'cjs'),
  },
});

const older = (installation: Driver['installation']): Driver => ({ installation, node: process.execPath });
const drivers: [string, Driver][] = [
  ...runtimes().map((runtime): [string, Driver] => [String(runtime), runtime]),
  ['Neon 1.0', older('otel-2/neon-1.0')],
  ['Neon 1.1', older('otel-2/neon-1.1')],
];
const newest = drivers[0]?.[1] as Driver;
const PROGRAMS = ['neon-http', 'neon-faults', 'neon-websocket'];
const BUILDS: readonly Build[] = ['CommonJS', 'ESM'];

const cases = BUILDS.flatMap((build) => PROGRAMS.map((name): [string, Build] => [name, build]));

describe.each(drivers)('on %s', (_, driver) => {
  it.each(cases)('%s, %s, behaves as uninstrumented', async (name, build) => {
    const [uninstrumented, instrumented] = await both(driver, 'instrumented', program(name, driver, build));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    if (name === 'neon-http') {
      expect(logged(uninstrumented)).toContain(
        JSON.stringify(['module', 'build', build === 'ESM' ? 'mjs' : 'js']),
      );
    }
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect(instrumented.stderr).not.toContain('PgOtelWarning');
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
    expect(instrumented.spans).toBeGreaterThan(50);
  });
});

describe('in an application without an SDK', () => {
  it.each(cases)('%s, %s, behaves as uninstrumented', async (name, build) => {
    const [uninstrumented, instrumented] = await both(newest, 'without an SDK', program(name, newest, build));
    expect(logged(instrumented)).toEqual(logged(uninstrumented));
    expect(complaint(instrumented)).toEqual(complaint(uninstrumented));
    expect([instrumented.code, uninstrumented.code]).toEqual([0, 0]);
  });
});

describe('docs/reference/compatibility.md', () => {
  it.each(BUILDS)('lists everything that differs, %s', async (build) => {
    const [uninstrumented, instrumented] = await both(
      newest,
      'instrumented',
      program('neon-deviations', newest, build),
    );
    const replaced = (of: string, ...names: string[]) => [
      'what is replaced',
      `${of}: functions where methods were`,
      ['[]'],
      [`[ ${names.map((name) => `'${name}'`).join(', ')} ]`],
    ];
    const marked = (of: string, mark = 'patched') => [
      'what is replaced',
      `${of}: symbols`,
      ['[]'],
      [`[ Symbol(pg-otel.${mark}) ]`],
    ];
    expect(differences(uninstrumented, instrumented)).toEqual([
      ['microtasks', 'turns of the microtask queue, query', [8], [11]],
      ['microtasks', 'turns of the microtask queue, transaction', [8], [11]],
      ['microtasks', 'turns of the microtask queue, failing', [8], [10]],
      replaced('NeonQueryPromise', 'then', 'catch', 'finally'),
      marked('NeonQueryPromise'),
      replaced('NeonClient', 'connect'),
      replaced('Client', 'query'),
      marked('Client'),
      replaced('Query', 'handleRowDescription', 'handleError', 'handleReadyForQuery', 'submit'),
      marked('Query', 'ends-are-seen'),
      replaced(
        'Pool',
        '_pulseQueue',
        '_remove',
        'connect',
        'newClient',
        '_acquireClient',
        '_release',
        'query',
        'end',
      ),
      marked('Pool'),
      replaced('what neon() returns', 'transaction'),
      ['what is replaced', 'sql.transaction is', ['AsyncFunction'], ['Function']],
      ['the module', 'exports can be redefined', [false], [true]],
      ['the module', 'in require.cache', [true], [false]],
      [
        'frames in the stack of what a fetch function throws',
        'frames of the instrumentation',
        [false],
        [true],
      ],
    ]);
  });
});
