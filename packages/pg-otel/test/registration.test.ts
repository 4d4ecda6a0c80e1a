import {
  anyRuntime,
  bundle,
  capturedSpans,
  exportTo,
  type FixtureResult,
  place,
  type Runtime,
  runFixture,
  runtimes,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';
import { capturedMetrics, WORK, WORK_OUTPUT, workMetrics, workSpans } from './application';

const REGISTER = '@pg-otel/instrumentation/register';

/** An SDK with our instrumentation in a separate file, as many applications have it. */
const SDK_ESM = `
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { PostgresInstrumentation } from '@pg-otel/instrumentation';
  const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
  sdk.start();
  globalThis.sdk = sdk;
`;
const SDK_CJS = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
  const sdk = new NodeSDK({ instrumentations: [new PostgresInstrumentation()] });
  sdk.start();
  globalThis.sdk = sdk;
`;
/** An SDK without our instrumentation. */
const BARE_SDK = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  globalThis.sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
`;

/** The pool is still open when the SDK exports for the last time, so its metrics are exported. */
const END = 'await sdk.shutdown(); await pool.end();';

/** Programs that do the work of an application on one runtime. */
function programs({ installation, node }: Runtime) {
  type Program = Pick<Parameters<typeof runFixture>[0], 'nodeArgs'> & {
    source: string;
    type?: 'commonjs' | 'module';
  };

  const run = ({ source, type = 'module', nodeArgs = [] }: Program): Promise<FixtureResult> =>
    runFixture({
      installation,
      node,
      type,
      source: source + WORK,
      nodeArgs,
      env: exportTo(capture, postgres),
    });

  /** The program ran as it does without the instrumentation, without a warning, and its telemetry is complete. */
  async function everythingArrives(program: Program): Promise<void> {
    const result = await run(program);
    expect(result).toEqual({ stdout: WORK_OUTPUT, stderr: '', code: 0, signal: null });
    expect(capturedSpans(capture)).toEqual(workSpans(postgres));
    expect(capturedMetrics(capture)).toEqual(workMetrics(postgres));
  }

  return { run, everythingArrives };
}

describe.each(titled(runtimes()))('on %s', (_, runtime) => {
  const { installation } = runtime;
  const { run, everythingArrives } = programs(runtime);

  describe('PostgresInstrumentation in a NodeSDK', () => {
    it('instruments a CommonJS application', () =>
      everythingArrives({
        type: 'commonjs',
        source: `${SDK_CJS}
          const { trace } = require('@opentelemetry/api');
          const pg = require('pg');
          const pool = new pg.Pool();
          work(pool, trace).then(async () => { ${END} });`,
      }));

    it('instruments an ESM application that has a bootstrap by --import and imports pg statically', () =>
      everythingArrives({
        nodeArgs: ['--import', place(installation, SDK_ESM, 'mjs')],
        source: `
          import { trace } from '@opentelemetry/api';
          import { Pool } from 'pg';
          const pool = new Pool();
          await work(pool, trace);
          ${END}`,
      }));

    it('instruments an ESM application that imports pg dynamically after the SDK has started', () =>
      everythingArrives({
        source: `${SDK_ESM}
          import { trace } from '@opentelemetry/api';
          const { default: pg } = await import('pg');
          const pool = new pg.Pool();
          await work(pool, trace);
          ${END}`,
      }));
  });

  describe('@pg-otel/instrumentation/register', () => {
    const application = `
      import { trace } from '@opentelemetry/api';
      import { Pool } from 'pg';
      const pool = new Pool();
      await work(pool, trace);
      ${END}`;
    const providers = () => place(installation, BARE_SDK, 'cjs');

    it('by --import, uses providers that were registered before', () =>
      everythingArrives({
        nodeArgs: ['--import', providers(), '--import', REGISTER],
        source: application,
      }));

    it('by --import, uses providers that are registered later', () =>
      everythingArrives({
        nodeArgs: ['--import', REGISTER, '--import', providers()],
        source: application,
      }));

    it('by --require, instruments a CommonJS application that registers providers after it has loaded pg', () =>
      everythingArrives({
        type: 'commonjs',
        nodeArgs: ['--require', REGISTER],
        source: `
          const { Pool } = require('pg');
          const { trace } = require('@opentelemetry/api');
          ${BARE_SDK}
          const pool = new Pool();
          work(pool, trace).then(async () => { ${END} });`,
      }));

    it('by --require, instruments an ESM application', () =>
      everythingArrives({
        nodeArgs: ['--require', REGISTER, '--import', providers()],
        source: application,
      }));

    it('instruments each worker thread, with the providers of that thread', async () => {
      const worker = place(installation, application + WORK, 'mjs');
      await everythingArrives({
        nodeArgs: ['--import', REGISTER, '--import', providers()],
        source: `
          import { once } from 'node:events';
          import { Worker } from 'node:worker_threads';
          await once(new Worker(${JSON.stringify(worker)}), 'exit');
          await sdk.shutdown();`,
      });
    });

    it('reports a pool that is older than the providers, including its gauges', async () => {
      const result = await run({
        nodeArgs: ['--import', REGISTER],
        source: `
          import { createRequire } from 'node:module';
          import { setTimeout as sleep } from 'node:timers/promises';
          import { Pool } from 'pg';
          const require = createRequire(import.meta.url);
          const pool = new Pool();
          await pool.query('SELECT 1');
          ${BARE_SDK}
          // Meters have no proxy: the instrumentation looks for another provider ten times a second.
          await sleep(200);
          await pool.query('SELECT 2');
          ${END}`,
      });
      expect(result).toEqual({ stdout: '', stderr: '', code: 0, signal: null });
      const expected = workMetrics(postgres);
      const limit = 'db.client.connection.limit';
      const duration = 'db.client.operation.duration';
      expect(capturedMetrics(capture)).toMatchObject({
        [limit]: expected[limit],
        [duration]: expected[duration].slice(0, 1),
      });
      expect(capture.spans().map(({ name }) => name)).toContain('SELECT');
    });

    it('does not change an application without providers', async () => {
      const result = await run({
        nodeArgs: ['--import', REGISTER],
        source: `
          import { trace } from '@opentelemetry/api';
          import { Pool } from 'pg';
          const pool = new Pool();
          await work(pool, trace);
          await pool.end();`,
      });
      expect(result).toEqual({ stdout: WORK_OUTPUT, stderr: '', code: 0, signal: null });
    });
  });
});

// They use no hooks of Node.
describe.each(titled(anyRuntime()))('on %s', (_, runtime) => {
  const { installation } = runtime;
  const { run, everythingArrives } = programs(runtime);

  describe('instrument()', () => {
    const targets = {
      'the module': 'pg',
      'its namespace': 'namespace',
      'the Pool class': 'pg.Pool',
      'a pool': 'pool',
      'the Client class': 'pg.Client',
      'a client': 'new pg.Client()',
    };
    const application = (target: string) => `
      import { trace } from '@opentelemetry/api';
      import { instrument } from '@pg-otel/instrumentation';
      import * as namespace from 'pg';
      const { default: pg } = namespace;
      const pool = new pg.Pool();
      const target = ${target};
      if (instrument(target) !== target) throw new Error('not the same');
      await work(pool, trace);`;

    it.each(Object.entries(targets))('instruments %s', (_, target) =>
      everythingArrives({
        nodeArgs: ['--import', place(installation, BARE_SDK, 'cjs')],
        source: application(target) + END,
      }),
    );

    it('does not change the driver without an SDK', async () => {
      const result = await run({ source: `${application('pg')} await pool.end();` });
      expect(result).toEqual({ stdout: WORK_OUTPUT, stderr: '', code: 0, signal: null });
    });

    it('refuses an object that is not a driver', async () => {
      const source = `
        import { instrument } from '@pg-otel/instrumentation';
        for (const target of [undefined, null, {}, 'pg', class Pool {}, new Map()]) {
          try { instrument(target); } catch (error) { console.log(error.name + ': ' + error.message); }
        }`;
      const { stdout, stderr } = await run({ source });
      const message =
        'TypeError: instrument(target) takes the module of pg, Neon, postgres or PGlite, a Pool, a Client or a PGlite (class or instance), or what neon() or postgres() returns, got something else\n';
      expect({ stdout, stderr }).toEqual({ stdout: message.repeat(6), stderr: '' });
    });
  });

  describe('a bundle that contains pg', () => {
    const source = (target: string) => `
      import { trace } from '@opentelemetry/api';
      import { instrument } from '@pg-otel/instrumentation';
      import pg from 'pg';
      instrument(${target});
      const pool = new pg.Pool();
      work(pool, trace).then(async () => { ${END} });
      ${WORK}`;
    const bundles = {
      'CommonJS, with our package inside': { format: 'cjs', target: 'pg', withOurs: true },
      'CommonJS, our package outside': { format: 'cjs', target: 'pg', withOurs: false },
      'ESM, our package outside': { format: 'esm', target: 'pg', withOurs: false },
      'ESM, where the Pool class alone is handed over': {
        format: 'esm',
        target: 'pg.Pool',
        withOurs: false,
      },
    } as const;

    it.each(Object.entries(bundles))('%s', async (_, { format, target, withOurs }) => {
      const file = JSON.stringify(await bundle({ installation, source: source(target), format, withOurs }));
      await everythingArrives({
        nodeArgs: ['--import', place(installation, BARE_SDK, 'cjs')],
        ...(format === 'cjs'
          ? { type: 'commonjs', source: `require(${file});` }
          : { type: 'module', source: `import ${file};` }),
      });
    });
  });
});
