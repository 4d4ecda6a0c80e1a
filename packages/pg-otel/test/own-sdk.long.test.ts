import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type CapturedSpan,
  type FixtureProgram,
  installationFolder,
  type OtlpCapture,
  onePerMajorVersion,
  place,
  type Runtime,
  runFixture,
  runtimes,
  startFixture,
  startOtlpCapture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/**
 * Applications that start their own OpenTelemetry SDK next to `pg-otel/register`. Their SDK exports to `own`, and pg-otel
 * exports to `capture`, as the environment configures it.
 */
let own: OtlpCapture;
beforeAll(async () => {
  own = await startOtlpCapture();
});
beforeEach(() => own.clear());
afterAll(() => own.stop());

/** The application's SDK, as text of either module system. */
const OWN_SDK = `
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.OWN_ENDPOINT;
  const sdk = new NodeSDK({ serviceName: 'own' });
  sdk.start();`;

/** Registers the instrumentations of the installation, as pg-otel does by default. */
const withHttp = { PG_OTEL_INSTRUMENTATIONS: 'http,express' };
/** The installation has instrumentations of sockets, whose spans these tests do not expect from the SDK of pg-otel. */
const withoutOthers = { PG_OTEL_INSTRUMENTATIONS: 'none' };

/** A request's span with a query, a failing query, and a metric and a log record by the OpenTelemetry API only. */
const WORK = `
  async function work() {
    const pool = new pg.Pool();
    await trace.getTracer('application').startActiveSpan('request', async (span) => {
      await pool.query('SELECT 1');
      await pool.query('SELECT * FROM missing').catch(() => {});
      span.end();
    });
    metrics.getMeter('application').createCounter('requests').add(1);
    await pool.end();
  }`;

const WARNING = /\(node:\d+\) \[(PG_OTEL_\w+)\] PgOtelWarning: .*/g;
const IMPORTS = `
  import pg from 'pg';
  import { metrics, trace } from '@opentelemetry/api';
  import { NodeSDK } from '@opentelemetry/sdk-node';`;
const REQUIRES = `
  const pg = require('pg');
  const { metrics, trace } = require('@opentelemetry/api');
  const { NodeSDK } = require('@opentelemetry/sdk-node');`;

function programs({ installation, node }: Runtime) {
  const options = (program: FixtureProgram, nodeArgs: readonly string[], env = {}) => ({
    installation,
    node,
    nodeArgs,
    env: {
      ...capture.env,
      ...postgres.env,
      OWN_ENDPOINT: own.url,
      PG_OTEL_ACQUIRE_SPANS: 'always',
      // Never, on however slow a machine.
      PG_OTEL_SLOW_AFTER: '3600',
      ...env,
    },
    ...program,
  });
  return {
    run: (...args: Parameters<typeof options>) => runFixture(options(...args)),
    start: (...args: Parameters<typeof options>) => startFixture(options(...args)),
    runCommonJs: (source: string, nodeArgs = ['--require', 'pg-otel/register'], env = {}) =>
      runFixture(
        options(
          { source: `${REQUIRES}${WORK}(async () => {${source}})();`, type: 'commonjs' },
          nodeArgs,
          env,
        ),
      ),
  };
}

/** The codes of our warnings, and other lines of stderr unchanged. */
const warnings = ({ stderr }: { stderr: string }) =>
  stderr
    .replace(/\(Use `node --trace-warnings .*\n/g, '')
    .replace(WARNING, '$1')
    .split('\n')
    .filter((line) => line !== '');

/** Each span with its parent, by name. */
function tree(of: OtlpCapture): string[] {
  const names = new Map(of.spans().map(({ spanId, name }) => [spanId, name]));
  return of
    .spans()
    .map(({ name, parentSpanId }) => (parentSpanId ? `${names.get(parentSpanId)} > ${name}` : name))
    .sort();
}

/** Each span with all its parents, by name. */
function paths(of: OtlpCapture): string[] {
  const byId = new Map(of.spans().map((span) => [span.spanId, span]));
  const path = ({ name, parentSpanId }: CapturedSpan): string => {
    const parent = parentSpanId === undefined ? undefined : byId.get(parentSpanId);
    return parent === undefined ? name : `${path(parent)} > ${name}`;
  };
  return of.spans().map(path).sort();
}

const WORK_TREE = [
  'acquire shop > connect shop',
  'request',
  'request > SELECT',
  'request > SELECT missing',
  'request > acquire shop',
  'request > acquire shop',
];

const OUR_METRICS = [
  'db.client.operation.duration',
  'db.client.connection.create_time',
  'db.client.connection.wait_time',
  'db.client.connection.limit',
];

/** The number of queries in a histogram at its last export. */
const queriesCounted = (of: OtlpCapture) =>
  of
    .metrics()
    .findLast(({ name }) => name === 'db.client.operation.duration')
    ?.points.reduce((sum, { count = 0 }) => sum + count, 0);

const services = (of: OtlpCapture) =>
  new Set([...of.spans(), ...of.metrics(), ...of.logs()].map(({ resource }) => resource['service.name']));
const metricNames = (of: OtlpCapture) => new Set(of.metrics().map(({ name }) => name));
const everything = (of: OtlpCapture) => [...of.spans(), ...of.metrics(), ...of.logs()];

function expectAllInOwn(): void {
  expect(everything(capture)).toEqual([]);
  expect(tree(own)).toEqual(WORK_TREE);
  expect(new Set(own.spans().map(({ traceId }) => traceId)).size).toBe(1);
  expect(services(own)).toEqual(new Set(['own']));
  expect([...metricNames(own)]).toEqual(expect.arrayContaining(['requests', ...OUR_METRICS]));
  expect(own.logs().map(({ eventName }) => eventName)).toEqual(['db.client.operation.exception']);
}

describe.each(titled(runtimes()))('on %s, node --import pg-otel/register', (_, runtime) => {
  const { run } = programs(runtime);
  const body = `${OWN_SDK}${WORK} await work(); await sdk.shutdown();`;

  it.each([
    ['an ESM application', { source: `${IMPORTS}${body}`, type: 'module' }],
    ['a CommonJS application', { source: `${REQUIRES}(async () => {${body}})();`, type: 'commonjs' }],
  ] as const)('leaves everything to the NodeSDK that %s starts', async (_, program) => {
    const result = await run(program, ['--import', 'pg-otel/register']);
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(result).toMatchObject({ stdout: '', code: 0, signal: null });
    expectAllInOwn();
  });
});

describe.each(titled(onePerMajorVersion()))('on %s,', (_, runtime) => {
  const { installation } = runtime;
  const { run, runCommonJs, start } = programs(runtime);

  it('an SDK with its own exporter for traces gets every span, and nothing is exported twice', async () => {
    const result = await runCommonJs(`
      const { createRequire } = require('node:module');
      const load = createRequire(require.resolve('@opentelemetry/sdk-node'));
      const { OTLPTraceExporter } = load('@opentelemetry/exporter-trace-otlp-proto');
      const traceExporter = new OTLPTraceExporter({ url: process.env.OWN_ENDPOINT + '/v1/traces' });
      const sdk = new NodeSDK({ serviceName: 'own', traceExporter });
      sdk.start();
      await work();
      await sdk.shutdown();`);
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(tree(own)).toEqual(WORK_TREE);
    expect(capture.spans()).toEqual([]);
    // The environment configures the other signals of that SDK, which it receives as well.
    expect(services(capture)).toEqual(new Set(['own']));
    expect(queriesCounted(capture)).toBe(2);
    expect(capture.logs()).toHaveLength(1);
  });

  it('the warning shows what to write instead', async () => {
    const { stderr } = await runCommonJs(`${OWN_SDK} await sdk.shutdown();`);
    expect(stderr).toContain(
      'The application starts its own OpenTelemetry SDK (traces, metrics, logs). That SDK receives the telemetry ' +
        'of Postgres, and the SDK of pg-otel has stopped. Load @pg-otel/instrumentation/register instead of ' +
        'pg-otel/register, or add new PostgresInstrumentation() to the instrumentations of your SDK.',
    );
  });

  it('an SDK that is preloaded before pg-otel receives all telemetry', async () => {
    const preload = place(
      installation,
      `const { NodeSDK } = require('@opentelemetry/sdk-node');${OWN_SDK} globalThis.sdk = sdk;`,
      'cjs',
    );
    const result = await runCommonJs('await work(); await sdk.shutdown();', [
      '--import',
      preload,
      '--import',
      'pg-otel/register',
    ]);
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expectAllInOwn();
  });

  it('start() in code hands over as well', async () => {
    const result = await runCommonJs(
      `require('pg-otel').start();${OWN_SDK} await work(); await sdk.shutdown();`,
      [],
    );
    // pg was loaded before.
    expect(warnings(result)).toEqual(['PG_OTEL_LOADED_LATE', 'PG_OTEL_FOREIGN_PROVIDER']);
    expectAllInOwn();
  });

  it('telemetry from before the SDK is not lost, and later telemetry is not exported twice', async () => {
    await runCommonJs(
      `
      await work();
      ${OWN_SDK}
      await work();
      await sdk.shutdown();`,
      undefined,
      withoutOthers,
    );
    expect(tree(capture)).toEqual(WORK_TREE);
    expect(tree(own)).toEqual(WORK_TREE);
    expect([queriesCounted(capture), queriesCounted(own)]).toEqual([2, 2]);
    expect(capture.logs()).toHaveLength(1);
    expect(own.logs()).toHaveLength(1);
  });

  it('tracers and loggers that were used before are redirected to the SDK', async () => {
    await runCommonJs(`
      const { createRequire } = require('node:module');
      const { logs = createRequire(require.resolve('@opentelemetry/sdk-node'))('@opentelemetry/api-logs').logs } =
        require('@opentelemetry/api');
      const tracer = trace.getTracer('early');
      const logger = logs.getLogger('early');
      const use = (name) => {
        tracer.startSpan(name).end();
        tracer.startActiveSpan(name + ', active', (span) => span.end());
        logger.emit({ body: name });
      };
      use('before');
      ${OWN_SDK}
      use('after');
      await sdk.shutdown();`);
    expect(tree(capture)).toEqual(['before', 'before, active']);
    expect(tree(own)).toEqual(['after', 'after, active']);
    expect([capture.logs(), own.logs()].map((logs) => logs.map(({ body }) => body))).toEqual([
      ['before'],
      ['after'],
    ]);
  });

  it('pg-otel exports signals that the SDK does not register, as the warning describes', async () => {
    const result = await runCommonJs(`
      process.env.OTEL_METRICS_EXPORTER = process.env.OTEL_LOGS_EXPORTER = 'none';
      ${OWN_SDK}
      await work();
      await sdk.shutdown();`);
    expect(result.stderr).toContain(
      'its own OpenTelemetry SDK (traces). That SDK receives the telemetry of Postgres, and the SDK of pg-otel has stopped. ' +
        "The application's SDK has no metrics and no logs, so pg-otel exports these unless you set OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none.",
    );
    expect(tree(own)).toEqual(WORK_TREE);
    expect([own.metrics(), own.logs(), capture.spans()]).toEqual([[], [], []]);
    expect(queriesCounted(capture)).toBe(2);
    expect(capture.logs()).toHaveLength(1);
  });

  it('pg-otel exports signals that an earlier SDK has not registered', async () => {
    const preload = place(
      installation,
      `const { NodeSDK } = require('@opentelemetry/sdk-node');
      const { env } = process;
      env.OTEL_METRICS_EXPORTER = env.OTEL_LOGS_EXPORTER = 'none';
      const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
      ${OWN_SDK}
      env.OTEL_EXPORTER_OTLP_ENDPOINT = endpoint;
      delete env.OTEL_METRICS_EXPORTER; delete env.OTEL_LOGS_EXPORTER;
      globalThis.sdk = sdk;`,
      'cjs',
    );
    const result = await runCommonJs('await work(); await sdk.shutdown();', [
      '--import',
      preload,
      '--import',
      'pg-otel/register',
    ]);
    expect(result.stderr).toContain('its own OpenTelemetry SDK (traces).');
    expect(tree(own)).toEqual(WORK_TREE);
    expect([own.metrics(), own.logs(), capture.spans()]).toEqual([[], [], []]);
    expect(queriesCounted(capture)).toBe(2);
    expect(capture.logs()).toHaveLength(1);
  });

  it.each(['pg-otel/register', '@pg-otel/instrumentation/register'])(
    'instrumentations of that SDK patch http once, although %s was there when it was first required',
    async (register) => {
      const result = await runCommonJs(
        `
        const { InstrumentationBase, InstrumentationNodeModuleDefinition } = require('@opentelemetry/instrumentation');
        require('http');
        let patched = 0;
        class Http extends InstrumentationBase {
          constructor() { super('http of the application', '1.0.0', {}); }
          init() {
            const patch = (http) => { patched += 1; return http; };
            return [new InstrumentationNodeModuleDefinition('http', ['*'], patch, () => {})];
          }
        }
        new NodeSDK({ instrumentations: [new Http()] }).start();
        require('node:http');
        require('http');
        console.log(patched);
        process.exit();`,
        ['--require', register],
      );
      expect(result.stdout).toBe('1\n');
    },
  );

  it.each([
    [
      'that instruments HTTP and Express itself',
      `new NodeSDK({ serviceName: 'own', instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })`,
      [
        'GET /orders',
        'GET /orders > request handler',
        'GET /orders > request handler > SELECT',
        'GET /orders > request handler > acquire shop',
        'GET /orders > request handler > acquire shop > connect shop',
      ],
    ],
    [
      'that loads http before its own SDK',
      `require('http') && new NodeSDK({ serviceName: 'own', instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] })`,
      [
        'GET /orders',
        'GET /orders > request handler',
        'GET /orders > request handler > SELECT',
        'GET /orders > request handler > acquire shop',
        'GET /orders > request handler > acquire shop > connect shop',
      ],
    ],
    [
      'without other instrumentations',
      `new NodeSDK({ serviceName: 'own' })`,
      ['SELECT', 'acquire shop', 'acquire shop > connect shop'],
    ],
  ])('requests to an application %s are traced as with that SDK alone', async (_, sdk, expected) => {
    const result = await run(
      {
        type: 'commonjs',
        source: `
          process.env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.OWN_ENDPOINT;
          const { NodeSDK } = require('@opentelemetry/sdk-node');
          const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
          const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
          const { suppressTracing } = require('@opentelemetry/core');
          const { context } = require('@opentelemetry/api');
          const sdk = ${sdk};
          sdk.start();
          const http = require('node:http');
          const express = require('express');
          const pg = require('pg');
          const pool = new pg.Pool();
          const app = express();
          app.get('/orders', async (_, response) => response.json((await pool.query('SELECT 42')).rows));
          const server = app.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            context.with(suppressTracing(context.active()), () => http.get({ port, path: '/orders', agent: false }, (response) => {
              response.resume().on('end', () => server.close(async () => {
                await pool.end();
                await sdk.shutdown();
              }));
            }));
          });`,
      },
      ['--import', 'pg-otel/register'],
      withHttp,
    );
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(paths(own)).toEqual(expected);
    const requests = own.metrics().filter(({ name }) => name === 'http.server.request.duration');
    expect(requests.flatMap(({ points }) => points.map(({ count }) => count))).toEqual(
      expected[0] === 'GET /orders' ? [1] : [],
    );
    expect(everything(capture)).toEqual([]);
  });

  it('instrumentations of that SDK replace the registered ones, with their options, although http was patched before', async () => {
    const result = await runCommonJs(
      `
      process.env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.OWN_ENDPOINT;
      const http = require('http');
      const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
      const requestHook = (span) => span.updateName('by its own instrumentation');
      const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation({ requestHook })] });
      sdk.start();
      process.nextTick(() => {
        const request = http.request('http://127.0.0.1:1').on('error', async (error) => {
          console.log(error.code ?? error.message);
          await sdk.shutdown();
        });
        request.end();
      });`,
      undefined,
      withHttp,
    );
    expect(result.stdout).toBe('ECONNREFUSED\n');
    expect(paths(own)).toEqual(['by its own instrumentation']);
    expect(everything(capture)).toEqual([]);
  });

  it('a wrapper of the application around a patched function is kept', async () => {
    const result = await runCommonJs(
      `
      const http = require('http');
      const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
      const { request } = http;
      const mine = function (...args) { return request.apply(this, args); };
      // The way shimmer wraps: unwrapping removes the outermost wrapper.
      http.request = Object.assign(mine, {
        __wrapped: true,
        __original: request,
        __unwrap() { http.request = request; },
      });
      new HttpInstrumentation();
      console.log(request.__wrapped, http.request === mine);
      process.exit();`,
      undefined,
      withHttp,
    );
    expect(result.stdout).toBe('true true\n');
  });

  it('an SDK that fails to start loses no telemetry', async () => {
    const result = await runCommonJs(
      `
      const contextManager = { enable() { throw new Error('no context'); } };
      try { new NodeSDK({ contextManager }).start(); } catch (error) { console.log(error.message); }
      await work();`,
      undefined,
      withoutOthers,
    );
    expect(result).toEqual({ stdout: 'no context\n', stderr: '', code: 0, signal: null });
    expect(tree(capture)).toEqual(WORK_TREE);
    expect(queriesCounted(capture)).toBe(2);
  });

  it('context manager and propagator are those of the SDK', async () => {
    const { stdout } = await runCommonJs(`
      const { context, propagation } = require('@opentelemetry/api');
      let contexts = 0;
      const contextManager = {
        active: () => require('@opentelemetry/api').ROOT_CONTEXT,
        with: (_, run, self, ...args) => { contexts += 1; return run.apply(self, args); },
        bind: (_, target) => target,
        enable: () => contextManager,
        disable: () => contextManager,
      };
      const textMapPropagator = { inject() {}, extract: (context) => context, fields: () => ['own'] };
      new NodeSDK({ contextManager, textMapPropagator }).start();
      context.with(context.active(), () => {});
      console.log(contexts, propagation.fields());`);
    expect(stdout).toBe("1 [ 'own' ]\n");
  });

  it('an SDK with another version of the API receives its spans', async () => {
    const other = installation === 'otel-2' ? 'otel-3' : 'otel-2';
    const result = await runCommonJs(
      `
      const { createRequire } = require('node:module');
      const load = createRequire(require.resolve('@opentelemetry/sdk-node'));
      const { SimpleSpanProcessor, InMemorySpanExporter, TracerProvider } = load('@opentelemetry/sdk-trace');
      const other = require(${JSON.stringify(`${installationFolder(other)}/node_modules/@opentelemetry/api`)});
      const exporter = new InMemorySpanExporter();
      const processor = new SimpleSpanProcessor({ exporter });
      console.log(other.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] })));
      await work();
      other.trace.getTracer('other').startSpan('of the other API').end();
      console.log(exporter.getFinishedSpans().map(({ name }) => name).sort().join());`,
    );
    expect(result.stdout).toBe(
      'true\nSELECT,SELECT missing,acquire shop,acquire shop,connect shop,of the other API,request\n',
    );
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(capture.spans()).toEqual([]);
  });

  it('an SDK in a bundle with another version of the API is refused by the API, with a warning', async () => {
    const bundled = path.join(installationFolder(installation), '.cache', `bundled-${randomUUID()}`);
    const other = installation === 'otel-2' ? 'otel-3' : 'otel-2';
    fs.cpSync(path.join(installationFolder(other), 'node_modules/@opentelemetry/api'), bundled, {
      recursive: true,
    });
    const result = await runCommonJs(
      `
      const other = require(${JSON.stringify(bundled)});
      console.log(other.trace.setGlobalTracerProvider({ getTracer() {} }));
      await work();`,
      undefined,
      withoutOthers,
    );
    fs.rmSync(bundled, { recursive: true });
    expect(result.stdout).toBe('false\n');
    expect(result.stderr).toContain('Its copy of @opentelemetry/api refuses that SDK');
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(tree(capture)).toEqual(WORK_TREE);
  });

  it('an SDK that clears the API first, as Azure Monitor does, receives all telemetry', async () => {
    const result = await runCommonJs(`
      const { createRequire } = require('node:module');
      const api = require('@opentelemetry/api');
      const { logs = createRequire(require.resolve('@opentelemetry/sdk-node'))('@opentelemetry/api-logs').logs } = api;
      for (const one of [metrics, trace, logs]) one.disable();
      delete globalThis[Symbol.for('opentelemetry.js.api.1')];
      ${OWN_SDK}
      await work();
      await sdk.shutdown();`);
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expectAllInOwn();
  });

  it('an SDK that replaces the object of the API, as Sentry may, receives all telemetry', async () => {
    const result = await runCommonJs(`
      globalThis[Symbol.for('opentelemetry.js.api.1')] = undefined;
      ${OWN_SDK}
      await work();
      await sdk.shutdown();`);
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expectAllInOwn();
  });

  it.each([
    [
      'the provider',
      'const inner = trace.getTracerProvider(); const tracer = (...scope) => inner.getTracer(...scope);',
    ],
    ['a tracer', "const inner = trace.getTracer('inner'); const tracer = () => inner;"],
  ])('a wrapper of %s may be registered in place of the provider it wraps', async (_, wrapper) => {
    const result = await runCommonJs(
      `
      ${wrapper}
      trace.disable();
      trace.setGlobalTracerProvider({ getTracer: tracer });
      await work();`,
      undefined,
      withoutOthers,
    );
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expect(tree(capture)).toEqual(WORK_TREE);
  });

  it('an invalid provider and an instrumentation that throws do not disturb the application', async () => {
    const result = await runCommonJs(
      `
      let calls = 0;
      const throwing = {
        instrumentationName: 'throwing', instrumentationVersion: '1',
        enable() {}, disable() {}, getConfig: () => ({}), setConfig() {}, setMeterProvider() {}, setLoggerProvider() {},
        setTracerProvider() { if (++calls > 1) throw new Error('thrown'); },
      };
      require('pg-otel').start({ instrumentations: [throwing] });
      const key = Symbol.for('opentelemetry.js.api.1');
      const { version } = globalThis[key];
      globalThis[key] = { version, trace: trace.getTracerProvider(), metrics: {} };
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      console.log('runs on');
      process.exit();`,
      [],
      withoutOthers,
    );
    expect(result).toMatchObject({ code: 0, stdout: 'runs on\n' });
  });

  it('a provider for a signal that pg-otel does not export is not reported as refused', async () => {
    const result = await runCommonJs(
      `console.log(metrics.setGlobalMeterProvider({ getMeter: () => metrics.getMeter('noop') }));
      await new Promise(setImmediate);`,
      undefined,
      { ...withoutOthers, OTEL_METRICS_EXPORTER: 'none' },
    );
    expect(result).toEqual({ stdout: 'true\n', stderr: '', code: 0, signal: null });
  });

  it('a second SDK of the application is refused, as without pg-otel', async () => {
    const result = await runCommonJs(`${OWN_SDK}
      await new Promise(setImmediate);
      console.log(trace.setGlobalTracerProvider({}), metrics.setGlobalMeterProvider({}));
      await work();
      await sdk.shutdown();`);
    expect(result.stdout).toBe('false false\n');
    expectAllInOwn();
  });

  it('an SDK that traces each export and exports that, as Sentry 11 does, does not keep the process alive', async () => {
    const result = await runCommonJs(
      `
      let seen = 0;
      let sent = 0;
      require('node:diagnostics_channel').subscribe('http.client.request.start', () => { seen += 1; });
      process.on('beforeExit', () => {
        if (seen === sent) return;
        sent = seen;
        setImmediate(() => trace.getTracer('http').startSpan('POST').end());
      });
      trace.getTracer('application').startSpan('work').end();`,
      undefined,
      withoutOthers,
    );
    expect(result).toEqual({ stdout: '', stderr: '', code: 0, signal: null });
    expect(tree(capture)).toEqual(expect.arrayContaining(['POST', 'work']));
  });

  it('a worker thread with its own SDK reports to that SDK', async () => {
    const result = await run(
      {
        type: 'commonjs',
        source: `
          const { isMainThread, Worker } = require('node:worker_threads');
          if (isMainThread) new Worker(__filename);
          else {${REQUIRES}${WORK} (async () => {${OWN_SDK} await work(); await sdk.shutdown();})();}`,
      },
      ['--require', 'pg-otel/register'],
    );
    expect(warnings(result)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
    expectAllInOwn();
  });

  it('signals and exit code are those of the application with its SDK alone', async () => {
    const source = `${REQUIRES} ${OWN_SDK}
      setImmediate(() => {
        console.log(process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'), process.listenerCount('beforeExit'));
        process.once('SIGTERM', () => sdk.shutdown().then(() => process.exit(3)));
        console.log('ready');
      });
      setInterval(() => {}, 1_000);`;
    const program = start({ type: 'commonjs', source }, ['--require', 'pg-otel/register']);
    await program.waitForOutput('ready');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ stdout: '0 0 0\nready\n', code: 3, signal: null });
    const bare = start({ type: 'commonjs', source: source.replace(/process.once.*/, '') }, [
      '--require',
      'pg-otel/register',
    ]);
    await bare.waitForOutput('ready');
    bare.kill('SIGTERM');
    expect(await bare.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});
