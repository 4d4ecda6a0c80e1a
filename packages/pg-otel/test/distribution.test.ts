import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { json } from 'node:stream/consumers';
import {
  anyRuntime,
  type FixtureProgram,
  installationFolder,
  onePerMajorVersion,
  place,
  type Runtime,
  runFixture,
  runtimes,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const QUERIES = `
  const pool = new pg.Pool();
  const { rows } = await pool.query('SELECT $1::int AS answer', [42]);
  const error = await pool.query('SELECT * FROM missing').catch((error) => error);
  console.log(rows[0].answer, error.code);
  await pool.end();`;
const asModule = `import pg from 'pg';${QUERIES}`;
const asCommonJs = `const pg = require('pg'); (async () => {${QUERIES}})();`;

/** A span by the OpenTelemetry API only, in a program that ends on its own. */
const ONE_SPAN = `require('@opentelemetry/api').trace.getTracer('application').startSpan('work').end();`;

/** Programs on one runtime that export to the capture. */
function programs({ installation, node }: Runtime) {
  const run = (
    program: FixtureProgram,
    nodeArgs: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) =>
    runFixture({
      installation,
      node,
      nodeArgs,
      env: { ...capture.env, ...postgres.env, ...env },
      ...program,
    });
  return {
    run,
    runRegistered: (source: string, env?: Readonly<Record<string, string>>) =>
      run({ source, type: 'commonjs' }, ['--require', 'pg-otel/register'], env),
    runCommonJs: (source: string) => run({ source, type: 'commonjs' }, []),
  };
}

const resources = () =>
  [...capture.spans(), ...capture.metrics(), ...capture.logs()].map(({ resource }) => resource);
const instanceIds = () => new Set(resources().map((resource) => resource['service.instance.id']));

describe.each(titled(runtimes()))('on %s', (_, runtime) => {
  const { run } = programs(runtime);

  it.each([
    ['--import', 'an ESM application', asModule, 'module'],
    ['--import', 'a CommonJS application', asCommonJs, 'commonjs'],
    ['--require', 'an ESM application', asModule, 'module'],
    ['--require', 'a CommonJS application', asCommonJs, 'commonjs'],
  ] as const)('%s pg-otel/register is enough for %s', async (flag, _application, source, type) => {
    const result = await run({ source, type }, [flag, 'pg-otel/register'], { OTEL_SERVICE_NAME: 'shop' });
    expect(result).toEqual({ stdout: '42 42P01\n', stderr: '', code: 0, signal: null });
    const spans = capture.spans().map(({ name }) => name);
    expect(spans).toEqual(expect.arrayContaining(['SELECT', 'SELECT missing', 'connect shop']));
    const metrics = capture.metrics().map(({ name }) => name);
    expect(metrics).toEqual(
      expect.arrayContaining([
        'db.client.operation.duration',
        'db.client.connection.create_time',
        'pg_otel.connection.setup.duration',
      ]),
    );
    expect(capture.logs().map(({ eventName }) => eventName)).toEqual(['db.client.operation.exception']);
    expect(new Set(resources().map((resource) => resource['service.name']))).toEqual(new Set(['shop']));
    expect(instanceIds()).toEqual(new Set([expect.stringMatching(UUID)]));
  });
});

describe.each(titled(onePerMajorVersion()))('on %s,', (_, runtime) => {
  const { installation, node } = runtime;
  const { run, runRegistered, runCommonJs } = programs(runtime);

  it('detects the process and the host', async () => {
    await runRegistered(ONE_SPAN);
    expect(capture.spans()[0]?.resource).toMatchObject({
      'process.pid': expect.any(Number),
      'host.name': expect.any(String),
    });
  });

  it('start() in the code of a program has the same effect', async () => {
    const { stderr } = await runCommonJs(`
      require('pg-otel').start({
        resourceAttributes: { 'service.name': 'orders', 'service.instance.id': 'one' },
        instrumentation: { statementText: 'off' },
      });
      ${asCommonJs}`);
    expect(stderr).toBe('');
    const query = capture.spans().find(({ name }) => name.startsWith('SELECT'));
    expect(query?.attributes).not.toHaveProperty(['db.query.text']);
    expect(query?.resource).toMatchObject({ 'service.name': 'orders', 'service.instance.id': 'one' });
  });

  it('none of 300 queries is exported with a start before its request or an end after it', async () => {
    await runRegistered(`
      const pg = require('pg');
      const tracer = require('@opentelemetry/api').trace.getTracer('application');
      (async () => {
        const pool = new pg.Pool();
        for (let count = 0; count < 300; count += 1) {
          await tracer.startActiveSpan('request', async (span) => {
            await pool.query('SELECT 1');
            span.end();
          });
        }
        await pool.end();
      })();`);
    const requests = new Map(capture.spans().map((span) => [span.spanId, span]));
    const queries = capture.spans().filter(({ name }) => name === 'SELECT');
    expect(queries).toHaveLength(300);
    const outside = queries.filter(({ parentSpanId = '', start, end }) => {
      const request = requests.get(parentSpanId);
      return request === undefined || start < request.start || end > request.end;
    });
    expect(outside).toEqual([]);
  });

  it('keeps the service.instance.id that the user sets', async () => {
    await runRegistered(ONE_SPAN, { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine' });
    expect(instanceIds()).toEqual(new Set(['mine']));
  });

  it('gives two processes of one service different instance ids', async () => {
    await Promise.all([runRegistered(ONE_SPAN), runRegistered(ONE_SPAN)]);
    expect(instanceIds().size).toBe(2);
  });

  it('uses every exporter that the environment names', async () => {
    const { stdout } = await runRegistered(ONE_SPAN, {
      OTEL_TRACES_EXPORTER: 'console,otlp',
      OTEL_METRICS_EXPORTER: 'none',
    });
    expect(stdout).toContain("name: 'work'");
    expect(capture.spans()).toHaveLength(1);
  });

  it('sends JSON when the environment selects it', async () => {
    await runRegistered(ONE_SPAN, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    expect(capture.spans()).toHaveLength(1);
  });

  it('uses the sampler of the environment', async () => {
    await runRegistered(ONE_SPAN, { OTEL_TRACES_SAMPLER: 'always_off' });
    expect(capture.spans()).toEqual([]);
  });

  it('serves Prometheus, with connections that do not keep the process alive', async () => {
    const { stdout, code } = await runRegistered(
      `
      const http = require('node:http');
      require('@opentelemetry/api').metrics.getMeter('application').createCounter('orders').add(1);
      const agent = new http.Agent({ keepAlive: true });
      const scrape = () => http.get('http://127.0.0.1:19464/metrics', { agent }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        console.log(text.includes('orders_total'), process.getActiveResourcesInfo());
      }).on('error', () => setTimeout(scrape, 50));
      scrape();`,
      {
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: '19464',
      },
    );
    expect(stdout).not.toContain('TCPSocketWrap');
    expect(stdout).toContain('true [');
    expect(code).toBe(0);
  });

  it('warns that the port for Prometheus is in use', async () => {
    const taken = http.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const { stderr, code } = await runRegistered('setTimeout(() => {}, 500)', {
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: port,
    });
    taken.close();
    expect(stderr).toMatch(
      /\[PG_OTEL_PROMETHEUS_PORT\] PgOtelWarning: No metrics are served at http:\/\/127\.0\.0\.1:\d+\/metrics: .*EADDRINUSE/,
    );
    expect(code).toBe(0);
  });

  it('sends spans to Zipkin', async () => {
    const names: string[] = [];
    const zipkin = http
      .createServer(async (request, response) => {
        names.push(...((await json(request)) as { name: string }[]).map(({ name }) => name));
        response.writeHead(202).end();
      })
      .listen(0, '127.0.0.1');
    await once(zipkin, 'listening');
    const { code } = await runRegistered(ONE_SPAN, {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `http://127.0.0.1:${(zipkin.address() as AddressInfo).port}/api/v2/spans`,
    });
    zipkin.close();
    expect(names).toEqual(['work']);
    expect(code).toBe(0);
  });

  it('does nothing at all when OTEL_SDK_DISABLED is true', async () => {
    const { stdout, stderr } = await runRegistered(
      `${ONE_SPAN} console.log(process.listenerCount('SIGTERM'), process.listenerCount('beforeExit'));`,
      { OTEL_SDK_DISABLED: 'true' },
    );
    expect({ stdout, stderr }).toEqual({ stdout: '0 0\n', stderr: '' });
    expect(capture.spans()).toEqual([]);
  });

  // Each is invalid alone, and check.test.ts tests each alone: none hides the use of another.
  it.each<[string, Readonly<Record<string, readonly [value: string, message: string]>>]>([
    [
      'of exporters',
      {
        OTEL_TRACES_EXPORTER: ['jaeger,otlp', 'must be a list of otlp, console, zipkin, none, got "jaeger"'],
        OTEL_EXPORTER_OTLP_TIMEOUT: ['10s', 'must be a number of milliseconds greater than 0, got "10s"'],
        OTEL_EXPORTER_OTLP_HEADERS: ['key hunter2', 'must be name=value pairs, separated by commas'],
        OTEL_METRIC_EXPORT_INTERVAL: [
          'fast',
          'must be a number of milliseconds greater than 0 and not above 2147483647, got "fast"',
        ],
        OTEL_EXPORTER_ZIPKIN_ENDPOINT: ['zipkin', 'must be a URL such as http://localhost:9411/api/v2/spans'],
      },
    ],
    [
      'of what is sent',
      {
        OTEL_EXPORTER_OTLP_PROTOCOL: [
          'carrier-pigeon',
          'must be one of http/protobuf, http/json, grpc, got "carrier-pigeon"',
        ],
        OTEL_EXPORTER_OTLP_COMPRESSION: ['zip', 'must be one of none, gzip, got "zip"'],
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: [
          'both',
          'must be one of cumulative, delta, lowmemory, got "both"',
        ],
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: [
          'base2_exponential_bucket_histogram',
          'must be explicit_bucket_histogram, ',
        ],
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: ['many', 'must be a whole number, 0 or greater, got "many"'],
        OTEL_TRACES_SAMPLER_ARG: ['0.1', '(from the environment) has no effect without OTEL_TRACES_SAMPLER'],
        OTEL_EXPORTER_OLTP_HEADERS: [
          'a=b',
          '(from the environment) has no effect (did you mean OTEL_EXPORTER_OTLP_HEADERS?)',
        ],
      },
    ],
    [
      'of the SDK',
      {
        OTEL_SDK_DISABLED: ['yes', 'must be true or false, got "yes"'],
        OTEL_LOG_LEVEL: ['loud', 'must be one of none, error, warn, info, debug, verbose, all, got "loud"'],
        OTEL_TRACES_SAMPLER: ['half', 'must be one of always_on, always_off, traceidratio, '],
        OTEL_PROPAGATORS: [
          'tracecontext,xray',
          'must be a list of tracecontext, baggage, b3, b3multi, jaeger, none, got "xray"',
        ],
        OTEL_NODE_RESOURCE_DETECTORS: [
          'horoscope',
          'must be a list of all, none, serviceinstance, process, host, os, env, got "horoscope"',
        ],
      },
    ],
  ])('invalid settings %s cause one warning each, and the application continues', async (_, settings) => {
    const values = Object.entries(settings).map(([name, [value]]) => [name, value]);
    const { stdout, stderr, code } = await runRegistered(
      `${ONE_SPAN} console.log('works')`,
      Object.fromEntries(values),
    );
    expect(stdout).toBe('works\n');
    const warnings = [...stderr.matchAll(/\[PG_OTEL_SETTING\] PgOtelWarning: (.*)/g)].map(([, text]) => text);
    const messages = Object.entries(settings).map(([name, [, message]]) => `${name} ${message}`);
    expect(warnings.sort()).toEqual(messages.sort().map((text) => expect.stringContaining(text)));
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(0);
    expect(capture.spans()).toHaveLength(1);
  });

  it("warns if Jaeger's propagator does not exist any more", async () => {
    const { stderr } = await runRegistered(
      "console.error(require('@opentelemetry/api').propagation.fields().includes('uber-trace-id'))",
      { OTEL_PROPAGATORS: 'tracecontext,baggage,b3,b3multi,jaeger' },
    );
    const isThere = stderr.includes('true\n');
    expect(stderr.match(/PG_OTEL_SETTING.*names jaeger/g) ?? []).toHaveLength(isThere ? 0 : 1);
    expect(stderr.match(/PgOtelWarning/g) ?? []).toHaveLength(isThere ? 0 : 1);
  });

  it('an attribute limit below 0 does not remove the attributes', async () => {
    const { stderr } = await runRegistered(asCommonJs, {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '-5',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '7',
    });
    expect(stderr).toContain('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT must be a whole number, 0 or greater');
    const query = capture.spans().find(({ name }) => name === 'SELECT');
    expect(query?.attributes).toHaveProperty(['db.system.name'], 'postgresql');
  });

  it('reports to an SDK that was started before, and warns', async () => {
    const { stderr } = await runCommonJs(`
      const { NodeSDK } = require('@opentelemetry/sdk-node');
      const sdk = new NodeSDK({ serviceName: 'theirs' });
      sdk.start();
      require('pg-otel').start();
      ${asCommonJs.replace('await pool.end();', 'await pool.end(); await sdk.shutdown();')}`);
    expect(stderr.match(/\[PG_OTEL_FOREIGN_PROVIDER\].*\(traces, metrics, logs\)/g)).toHaveLength(1);
    const queries = capture.spans().filter(({ name }) => name === 'SELECT');
    expect(queries.map(({ resource }) => resource['service.name'])).toEqual(['theirs']);
  });

  it('warns that another version of the API refuses its providers', async () => {
    const { stderr, code } = await runCommonJs(`
      globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.0.0' };
      require('pg-otel').start();`);
    expect(stderr).toMatch(
      /\[PG_OTEL_FOREIGN_PROVIDER\] .*Nothing will be exported for .*: @opentelemetry\/api 1\.0\.0 was/,
    );
    expect(code).toBe(0);
  });

  it('uses a declarative configuration file unchanged', async () => {
    const file = path.join(
      installationFolder(installation),
      '.cache',
      `configuration-${path.basename(node)}.yaml`,
    );
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(
      file,
      `file_format: "1.0"
resource:
  attributes:
    - name: service.name
      value: from-file
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: ${capture.url}/v1/traces
`,
    );
    const { stderr } = await runRegistered(asCommonJs, { OTEL_CONFIG_FILE: file });
    fs.rmSync(file);
    expect(stderr).not.toContain('PG_OTEL');
    const queries = capture.spans().filter(({ name }) => name === 'SELECT');
    expect(queries.map(({ resource }) => resource['service.name'])).toEqual(['from-file']);
  });

  it('warns that a configuration file gives no provider', async () => {
    const { stderr, code } = await runRegistered('', { OTEL_CONFIG_FILE: '/nowhere.yaml' });
    expect(stderr).toMatch(
      /\[PG_OTEL_CONFIG_FILE\] PgOtelWarning: Nothing is exported: OTEL_CONFIG_FILE \(\/nowhere\.yaml\) is missing/,
    );
    expect(code).toBe(0);
  });

  it('gives each worker thread its own instance id, and no signal handlers', async () => {
    const { stdout, code } = await runRegistered(`
      const { isMainThread, Worker } = require('node:worker_threads');
      ${ONE_SPAN}
      console.log(isMainThread, process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'));
      if (isMainThread) new Worker(__filename);`);
    expect(stdout.split('\n').sort()).toEqual(['', 'false 0 0', 'true 1 1']);
    expect(capture.spans().map(({ name }) => name)).toEqual(['work', 'work']);
    expect(instanceIds().size).toBe(2);
    expect(code).toBe(0);
  });

  it('gives each child process its own instance id by NODE_OPTIONS', async () => {
    const program = place(
      installation,
      `${ONE_SPAN} if (process.send === undefined) require('node:child_process').fork(__filename);`,
      'cjs',
    );
    const { code } = await run({ folder: path.dirname(program), command: [program] }, [], {
      NODE_OPTIONS: '--require pg-otel/register',
    });
    expect(capture.spans()).toHaveLength(2);
    expect(instanceIds().size).toBe(2);
    expect(code).toBe(0);
  });
});

describe.each(titled(anyRuntime()))('with any SDK, on %s,', (_, runtime) => {
  const { installation } = runtime;
  const { run, runRegistered, runCommonJs } = programs(runtime);

  it('does not change the environment', async () => {
    const { stdout } = await runRegistered('console.log(JSON.stringify(process.env))', { MARK: 'x' });
    const bare = await run({ source: 'console.log(JSON.stringify(process.env))', type: 'commonjs' }, [], {
      MARK: 'x',
    });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(bare.stdout));
  });

  it('a misspelt PG_OTEL_SLOWAFTER causes one warning that names the nearest variable', async () => {
    const { stdout, stderr, code } = await runRegistered(`${ONE_SPAN} console.log('works')`, {
      PG_OTEL_SLOWAFTER: '2',
    });
    expect(stdout).toBe('works\n');
    expect(stderr.match(/PgOtelWarning/g)).toHaveLength(1);
    expect(stderr).toContain(
      'PG_OTEL_SLOWAFTER (from the environment) is not a setting of pg-otel and has no effect (did you mean PG_OTEL_SLOW_AFTER?)',
    );
    expect(code).toBe(0);
  });

  it('an endpoint of Zipkin that is not a URL does not stop the application or the other exporters', async () => {
    const { stdout, stderr } = await runRegistered(`${ONE_SPAN} console.log('works')`, {
      OTEL_TRACES_EXPORTER: 'otlp,zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'zipkin?key=hunter2',
    });
    expect(stdout).toBe('works\n');
    expect(stderr).not.toContain('hunter2');
    expect(stderr).not.toContain('PG_OTEL_NOT_STARTED');
    expect(capture.spans()).toHaveLength(1);
  });

  it('an invalid endpoint causes one warning that does not contain it', async () => {
    const { stderr, code } = await runRegistered('', {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector?key=hunter2',
    });
    expect(
      stderr.match(/\[PG_OTEL_SETTING\] PgOtelWarning: OTEL_EXPORTER_OTLP_ENDPOINT .* must be a URL/g),
    ).toHaveLength(1);
    expect(stderr).not.toContain('hunter2');
    expect(code).toBe(0);
  });

  it('a failed start causes one warning, and the application continues', async () => {
    const broken = place(
      installation,
      `const load = module.constructor._load;
      module.constructor._load = (name, ...rest) => {
        if (name === '@opentelemetry/resources') throw new Error('resources is broken');
        return load(name, ...rest);
      };`,
      'cjs',
    );
    const source = "console.log('works')";
    const { stdout, stderr, code } = await run({ source, type: 'commonjs' }, [
      '--require',
      broken,
      '--require',
      'pg-otel/register',
    ]);
    expect(stdout).toBe('works\n');
    expect(stderr).toMatch(/\[PG_OTEL_NOT_STARTED\] PgOtelWarning: .*: resources is broken\. /);
    expect(code).toBe(0);
  });

  it('a second start warns, and returns the instance of the first', async () => {
    const { stdout, stderr } = await runRegistered(`
      const { start } = require('pg-otel');
      console.log(start() === start());`);
    expect(stdout).toBe('true\n');
    expect(stderr.match(/\[PG_OTEL_STARTED_TWICE\]/g)).toHaveLength(1);
  });

  it('shows each warning once in an application that has a diagnostic logger', async () => {
    const { stdout, stderr } = await run(
      {
        source: `
          const { diag, DiagConsoleLogger, DiagLogLevel } = require('@opentelemetry/api');
          diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.WARN);
          const { start } = require('pg-otel');
          start();
          start();`,
        type: 'commonjs',
      },
      [],
      { PG_OTEL_SLOWAFTER: '2', OTEL_TRACES_SAMPLER: 'half' },
    );
    const output = stdout + stderr;
    for (const part of ['PG_OTEL_STARTED_TWICE', 'PG_OTEL_SLOW_AFTER?', 'OTEL_TRACES_SAMPLER must be'])
      expect(output.split(part)).toHaveLength(2);
  });

  it('warns of options that have no effect with a configuration file', async () => {
    const { stderr } = await runCommonJs(`
      process.env.OTEL_CONFIG_FILE = '/nowhere.yaml';
      require('pg-otel').start({ metricExportIntervalMillis: 1000, resourceAttributes: {} });`);
    expect(stderr).toContain(
      'start() does not use resourceAttributes, metricExportIntervalMillis, because OTEL_CONFIG_FILE describes the SDK.',
    );
  });
});
