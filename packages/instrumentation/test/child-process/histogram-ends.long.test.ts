import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import {
  type CapturedMetric,
  exportTo,
  type FixtureResult,
  installationFolder,
  onePerMajorVersion,
  place,
  repository,
  runFixture,
  startFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const DURATION = 'db.client.operation.duration';
const HISTOGRAMS = [
  DURATION,
  'db.client.response.returned_rows',
  'db.client.connection.create_time',
  'db.client.connection.wait_time',
  'db.client.connection.use_time',
  'pg_otel.connection.setup.duration',
];

const environment = () => ({
  ...exportTo(capture, postgres),
  // Every histogram, for both destinations.
  PG_OTEL_RETURNED_ROWS_METRIC: 'always',
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
});

/** The exports of each metric in order, regardless of the scope entry of the request. */
function exportsByName(): Record<string, readonly CapturedMetric[]> {
  const all = capture.metrics();
  const names = [...new Set(all.map(({ name }) => name))].sort();
  return Object.fromEntries(names.map((name) => [name, all.filter((metric) => metric.name === name)]));
}

const exportOrder = () => capture.metrics().map(({ name }) => name);

describe.each(titled(onePerMajorVersion()))('on %s', (_, runtime) => {
  const { installation, node } = runtime;

  const runOperations = async (
    destination: 'instruments' | 'producer',
    env: Readonly<Record<string, string>>,
  ): Promise<FixtureResult> => {
    const result = await runFixture({
      installation,
      node,
      script: path.join(__dirname, 'histogram-ends/operations.cjs'),
      env: { ...environment(), HISTOGRAM_DESTINATION: destination, ...env },
    });
    expect({ stderr: result.stderr, code: result.code }).toEqual({ stderr: '', code: 0 });
    return result;
  };

  describe.each(['OTLP JSON', 'OTLP protobuf'])('%s', (reader) => {
    it.each([
      ['cumulative', 'CUMULATIVE', 5],
      ['delta', 'DELTA', 3],
      ['lowmemory', 'DELTA', 3],
    ])(
      'of %s temporality gets the same data from instruments and producers',
      async (preference, temporality, times) => {
        const env = {
          METRICS_READER: reader,
          OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference,
        };
        await runOperations('instruments', env);
        const [ofInstruments, order] = [exportsByName(), exportOrder()];
        capture.clear();
        await runOperations('producer', env);
        expect(exportsByName()).toEqual(ofInstruments);
        expect(exportOrder()).not.toEqual(order); // they were exported in different ways

        for (const name of HISTOGRAMS) {
          expect(ofInstruments[name]?.map((metric) => metric.temporality)).toEqual(
            expect.arrayContaining([temporality]),
          );
        }
        expect(ofInstruments[DURATION]).toHaveLength(times);
      },
    );
  });

  it('the compiler accepts a metric producer for the readers of the SDK', async () => {
    const program = place(
      installation,
      `import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
      import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
      import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
      import { PostgresInstrumentation } from '@pg-otel/instrumentation';
      const instrumentation = new PostgresInstrumentation();
      const exporter = new OTLPMetricExporter();
      new PeriodicExportingMetricReader({
        exporter,
        metricProducers: [instrumentation.metricProducer(exporter)],
      });
      new PrometheusExporter({ metricProducers: [instrumentation.metricProducer()] });`,
      'mts',
    );
    const compiler = path.join(repository, 'node_modules/typescript/bin/tsc');
    const flags = '--ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2022'.split(
      ' ',
    );
    const compile = promisify(execFile)(process.execPath, [compiler, ...flags, program], {
      cwd: installationFolder(installation),
    });
    expect((await compile.catch((error) => error)).stdout).toBe('');
  });

  it('the text for Prometheus is the same with instruments and producers', async () => {
    const blocks = (stdout: string) =>
      stdout.split('=====\n').map((scrape) =>
        scrape
          .split(/(?=^# HELP )/m)
          .map((block) => block.trim())
          .sort(),
      );
    const env = { METRICS_READER: 'Prometheus' };
    const ofInstruments = await runOperations('instruments', env);
    const ofProducer = await runOperations('producer', env);
    expect(blocks(ofProducer.stdout)).toEqual(blocks(ofInstruments.stdout));
    expect(ofProducer.stdout).toContain('db_client_operation_duration_bucket{');
  });

  describe("a reader's own timer, while queries run,", () => {
    /** Runs queries until SIGTERM, and then prints their number. */
    const QUERIES = `
      const pg = require('pg');
      (async () => {
        let goesOn = true;
        process.once('SIGTERM', () => { goesOn = false; });
        const pool = new pg.Pool();
        let count = 0;
        for (; goesOn; count += 1) await pool.query('SELECT counted FROM (SELECT 1 AS counted) AS counted');
        await pool.end();
        await end();
        console.log(count);
      })();`;
    const WITH_NODE_SDK = `
      const { NodeSDK } = require('@opentelemetry/sdk-node');
      const { PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
      const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-proto');
      const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
      const instrumentation = new PostgresInstrumentation();
      const exporter = new OTLPMetricExporter();
      const reader = new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: 1000,
        exportTimeoutMillis: 1000,
        metricProducers: [instrumentation.metricProducer(exporter)],
      });
      const sdk = new NodeSDK({ instrumentations: [instrumentation], metricReaders: [reader] });
      sdk.start();
      const end = () => sdk.shutdown();`;
    const WITH_DISTRIBUTION =
      'const end = require("pg-otel").start({ metricExportIntervalMillis: 1000 }).shutdown;';

    const points = () =>
      capture
        .metrics()
        .filter(({ name }) => name === DURATION)
        .flatMap((metric) => metric.points)
        .filter(({ attributes }) => String(attributes['db.query.summary']).startsWith('SELECT'));

    /** Runs a program until a few exports have arrived. Returns the number of its queries. */
    async function run(program: string, temporality: 'delta' | 'cumulative'): Promise<number> {
      const fixture = startFixture({
        installation,
        node,
        type: 'commonjs',
        source: program + QUERIES,
        env: { ...environment(), OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality },
      });
      await capture.waitFor(() => points().length >= 5);
      fixture.kill('SIGTERM');
      const { stdout, stderr, code } = await fixture.ended;
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      return Number(stdout);
    }

    const byTime = () => points().sort((one, other) => Number(one.time - other.time));

    it.each([
      ['NodeSDK', WITH_NODE_SDK],
      ['the distribution', WITH_DISTRIBUTION],
    ])('of %s, counts every query in exactly one difference', async (_, program) => {
      const count = await run(program, 'delta');
      const differences = byTime();
      expect(differences.reduce((sum, point) => sum + (point.count ?? 0), 0)).toBe(count);
      for (const [index, { start }] of differences.slice(1).entries()) {
        expect(start).toBeGreaterThanOrEqual(differences[index]?.time ?? 0n);
      }
    });

    it.each([
      ['NodeSDK', WITH_NODE_SDK],
      ['the distribution', WITH_DISTRIBUTION],
    ])('of %s, exports totals that only grow, up to the number of queries', async (_, program) => {
      const count = await run(program, 'cumulative');
      const totals = byTime().map((point) => point.count ?? 0);
      expect(totals).toEqual([...totals].sort((one, other) => one - other));
      expect(totals.at(-1)).toBe(count);
      expect(new Set(points().map(({ start }) => start)).size).toBe(1);
    });
  });

  describe('each provider gets values once:', () => {
    const QUERIES = `
      const pg = require('pg');
      (async () => {
        const pool = new pg.Pool();
        for (let n = 0; n < 7; n += 1) await pool.query('SELECT 1');
        await pool.end();
        await end();
      })();`;
    const run = (
      source: string,
      nodeArgs: readonly string[] = [],
      env: Readonly<Record<string, string>> = {},
    ): Promise<FixtureResult> =>
      runFixture({
        installation,
        node,
        nodeArgs,
        type: 'commonjs',
        source: source + QUERIES,
        env: { ...environment(), ...env },
      });

    /** Values in the one export of each histogram. */
    const counts = () =>
      capture
        .metrics()
        .filter(({ name }) => HISTOGRAMS.includes(name))
        .map(({ name, points }) => [name, points.reduce((sum, { count = 0 }) => sum + count, 0)]);
    const ONCE = [
      [DURATION, 7],
      ['db.client.response.returned_rows', 7],
      ['db.client.connection.create_time', 1],
      ['db.client.connection.wait_time', 7],
      ['db.client.connection.use_time', 7],
      ['pg_otel.connection.setup.duration', 4],
    ];

    it('the distribution exports them once', async () => {
      await run('const end = () => {};', ['--require', 'pg-otel/register']);
      expect(counts()).toEqual(ONCE);
    });

    it('the distribution exports them once when it is started twice, with a warning', async () => {
      const { stderr } = await run('const end = require("pg-otel").start().shutdown;', [
        '--require',
        'pg-otel/register',
      ]);
      expect(stderr).toContain('PG_OTEL_STARTED_TWICE');
      expect(counts()).toEqual(ONCE);
    });

    it('the distribution and a second instrumentation export them once, with a warning', async () => {
      const { stderr } = await run('const end = () => {};', [
        '--require',
        'pg-otel/register',
        '--require',
        '@pg-otel/instrumentation/register',
      ]);
      expect(stderr).toContain('PG_OTEL_REPLACED');
      expect(counts()).toEqual(ONCE);
    });

    const WITH_NODE_SDK = `
      const { NodeSDK } = require('@opentelemetry/sdk-node');
      const { PostgresInstrumentation } = require('@pg-otel/instrumentation');`;

    it('an SDK that was started before pg-otel gets them through its instruments', async () => {
      await run(`${WITH_NODE_SDK}
        const sdk = new NodeSDK();
        sdk.start();
        require('pg-otel').start();
        const end = () => sdk.shutdown();`);
      expect(counts()).toEqual(ONCE);
    });

    it('an SDK whose readers have no producer gets them through its instruments and views', async () => {
      await run(`${WITH_NODE_SDK}
        const sdk = new NodeSDK({
          instrumentations: [new PostgresInstrumentation()],
          views: [{ instrumentName: '${DURATION}', name: 'renamed' }],
        });
        sdk.start();
        const end = () => sdk.shutdown();`);
      expect(counts()).toEqual(ONCE.slice(1));
      expect(capture.metrics().map(({ name }) => name)).toContain('renamed');
    });

    it('an SDK from a configuration file gets them through its instruments', async () => {
      const file = place(
        installation,
        `file_format: "1.0"
meter_provider:
  readers:
    - periodic:
        interval: 3600000
        exporter:
          otlp_http:
            endpoint: ${capture.url}/v1/metrics
            default_histogram_aggregation: base2_exponential_bucket_histogram
`,
        'yaml',
      );
      await run('const end = () => {};', ['--require', 'pg-otel/register'], { OTEL_CONFIG_FILE: file });
      const ours = capture.metrics().filter(({ name }) => HISTOGRAMS.includes(name));
      expect(ours.map(({ name }) => name)).toEqual(ONCE.map(([name]) => name));
    });

    it('a producer that is requested after the SDK has values is an error that names the solution', async () => {
      const { stdout } = await run(`${WITH_NODE_SDK}
        const instrumentation = new PostgresInstrumentation();
        const sdk = new NodeSDK({ instrumentations: [instrumentation] });
        sdk.start();
        const end = async () => {
          try {
            instrumentation.metricProducer();
          } catch (error) {
            console.log(error.message);
          }
          await sdk.shutdown();
        };`);
      expect(stdout).toMatch(
        /^metricProducer\(\) was called after .* Call it where the metric reader is created/,
      );
      expect(counts()).toEqual(ONCE);
    });
  });
});
