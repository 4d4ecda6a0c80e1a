import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { freePort, onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';

/** One export that the collector received. */
interface Received {
  readonly path: string | undefined;
  readonly type: string | undefined;
  readonly encoding: string | undefined;
  readonly key: string | undefined;
  readonly tenant: string | undefined;
}

let received: Received[] = [];
const keep = (headers: http.IncomingHttpHeaders, path: string | undefined) =>
  received.push({
    path,
    type: headers['content-type'],
    encoding: headers['content-encoding'],
    key: headers['x-key'] as string | undefined,
    tenant: headers['x-tenant'] as string | undefined,
  });

const overHttp = http.createServer((request, response) => {
  keep(request.headers, request.url);
  request.resume().on('end', () => response.end());
});
const overGrpc = http2.createServer().on('stream', (stream, headers) => {
  keep(headers, headers[':path']);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  const emptyMessage = Buffer.alloc(5);
  stream.resume().on('end', () => stream.end(emptyMessage));
});
const urlOf = (server: { address(): unknown }) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  for (const server of [overHttp, overGrpc]) await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  received = [];
});
afterAll(() => {
  for (const server of [overHttp, overGrpc]) server.close();
});

const STARTS = {
  NodeSDK: `
    const { NodeSDK } = require('@opentelemetry/sdk-node');
    const sdk = new NodeSDK();
    sdk.start();`,
  'the distribution': `const sdk = require('pg-otel').start();`,
} as const;
type Start = keyof typeof STARTS;

/** Starts an SDK in one of these ways, flushes one metric, and prints the metric readers. */
const program = (start: Start) => `
  const timers = { setInterval: [], setTimeout: [] };
  for (const name of Object.keys(timers)) {
    const original = globalThis[name];
    const recording = (callback, milliseconds, ...args) => {
      timers[name].push(milliseconds);
      return original(callback, milliseconds, ...args);
    };
    globalThis[name] = Object.defineProperties(recording, Object.getOwnPropertyDescriptors(original));
  }
  ${STARTS[start]}
  const { metrics } = require('@opentelemetry/api');
  const provider = metrics.getMeterProvider();
  metrics.getMeter('application').createCounter('orders').add(1);

  const readers = provider._sharedState?.metricCollectors.map(({ _metricReader }) => _metricReader) ?? [];
  const isPrometheus = ({ constructor }) => constructor.name === 'PrometheusExporter';
  async function scraped() {
    const { OTEL_EXPORTER_PROMETHEUS_HOST: host, OTEL_EXPORTER_PROMETHEUS_PORT: port } = process.env;
    for (;;) {
      const response = await fetch(\`http://\${host}:\${port}/metrics\`).catch(() => undefined);
      if (response !== undefined) return (await response.text()).match(/^orders_total.*/m)?.[0];
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  (async () => {
    const prometheus = readers.some(isPrometheus) ? await scraped() : undefined;
    await provider.forceFlush?.();
    console.log('\\nDESCRIBED' + JSON.stringify({
      kinds: readers.map((reader) => (isPrometheus(reader) ? 'prometheus' : 'periodic')),
      prometheus,
      ...timers,
    }));
    await sdk.shutdown();
  })();`;

describe.each(titled(onePerMajorVersion()))('on %s,', (_, { installation, node }) => {
  async function describeReaders(start: Start, env: Readonly<Record<string, string>>) {
    received = [];
    const port = await freePort();
    const { stdout, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: program(start),
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(
          env['OTEL_EXPORTER_OTLP_PROTOCOL'] === 'grpc' ? overGrpc : overHttp,
        ),
        OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        ...env,
      },
    });
    expect(code).toBe(0);
    const [printed, described] = stdout.split('DESCRIBED');
    const { kinds, prometheus, setInterval, setTimeout } = JSON.parse(described?.split('\n')[0] ?? '');
    return {
      readers: {
        kinds,
        prometheus,
        isPrinted: printed?.includes("name: 'orders'"),
        received: [...new Set(received.map((request) => JSON.stringify(request)))].map((text) =>
          JSON.parse(text),
        ),
      },
      times: { intervals: setInterval as number[], timeouts: setTimeout as number[] },
    };
  }

  async function expectParity(env: Readonly<Record<string, string>>) {
    const theirs = await describeReaders('NodeSDK', env);
    const ours = await describeReaders('the distribution', env);
    expect(ours.readers).toEqual(theirs.readers);
    return ours.readers;
  }

  it.each([
    [undefined, ['periodic']],
    ['', ['periodic']],
    ['otlp', ['periodic']],
    ['console', ['periodic']],
    ['prometheus', ['prometheus']],
    ['none', []],
    ['otlp,console', ['periodic', 'periodic']],
    ['console,prometheus,otlp', ['periodic', 'prometheus', 'periodic']],
    [' otlp , console,otlp', ['periodic', 'periodic']],
    ['otlp,none', []],
    ['telegraph', []],
    ['telegraph,console', ['periodic']],
  ])('OTEL_METRICS_EXPORTER=%s creates the same readers as NodeSDK', async (exporters, kinds) => {
    const readers = await expectParity(exporters === undefined ? {} : { OTEL_METRICS_EXPORTER: exporters });
    expect(readers.kinds).toEqual(kinds);
    const isNamed = (name: string) => !!exporters?.includes(name) && kinds.length > 0;
    expect(readers.isPrinted).toBe(isNamed('console'));
    expect(readers.prometheus !== undefined).toBe(isNamed('prometheus'));
    expect(readers.received).toHaveLength(isNamed('otlp') || !exporters ? 1 : 0);
  });

  it.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
    ['grpc', 'application/grpc'],
    ['carrier-pigeon', 'application/x-protobuf'],
  ])('OTEL_EXPORTER_OTLP_PROTOCOL=%s has the same effect as in NodeSDK', async (protocol, type) => {
    const readers = await expectParity({ OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    expect(readers.received.map((request) => request.type)).toEqual([type]);
  });

  it('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL takes precedence', async () => {
    const readers = await expectParity({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
    });
    expect(readers.received.map((request) => request.type)).toEqual(['application/json']);
  });

  it.each(['http/protobuf', 'grpc'])('headers are sent by %s as by NodeSDK', async (protocol) => {
    const readers = await expectParity({
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=common,x-tenant=shop',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-key=metrics',
    });
    expect(readers.received).toMatchObject([{ key: 'metrics', tenant: 'shop' }]);
  });

  it('endpoint and compression of metrics have the same effect as in NodeSDK', async () => {
    const readers = await expectParity({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${urlOf(overHttp)}/elsewhere`,
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
    });
    expect(readers.received).toMatchObject([{ path: '/elsewhere', encoding: 'gzip' }]);
  });

  it.each([
    ['nothing', {}, { NodeSDK: [60_000, 30_000], 'the distribution': [10_000, 10_000] }],
    ['an interval', { OTEL_METRIC_EXPORT_INTERVAL: '40000' }, [40_000, 30_000]],
    ['an interval below the default timeout', { OTEL_METRIC_EXPORT_INTERVAL: '20000' }, [20_000, 20_000]],
    [
      'a timeout',
      { OTEL_METRIC_EXPORT_TIMEOUT: '5000' },
      { NodeSDK: [60_000, 5_000], 'the distribution': [10_000, 5_000] },
    ],
    [
      'an interval for the console',
      { OTEL_METRICS_EXPORTER: 'console', OTEL_METRIC_EXPORT_INTERVAL: '20000' },
      { NodeSDK: [60_000, 30_000], 'the distribution': [20_000, 20_000] },
    ],
    [
      'a timeout above the interval',
      { OTEL_METRIC_EXPORT_INTERVAL: '2500', OTEL_METRIC_EXPORT_TIMEOUT: '7500' },
      [2_500, 2_500],
    ],
  ] as const)(
    'with %s set, interval and timeout are those of NodeSDK, except as docs/reference/distribution.md describes',
    async (_, env, times) => {
      for (const start of Object.keys(STARTS) as Start[]) {
        const [interval, timeout] = 'NodeSDK' in times ? times[start] : times;
        const { intervals, timeouts } = (await describeReaders(start, env)).times;
        expect(intervals).toContain(interval);
        expect(timeouts).toContain(timeout);
      }
    },
  );

  it('Prometheus scrapes one worker of a cluster, and the others warn', async () => {
    const source = `
      const cluster = require('node:cluster');
      const url = 'http://127.0.0.1:' + process.env.OTEL_EXPORTER_PROMETHEUS_PORT + '/metrics';
      async function serve() {
        for (;;) {
          const response = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined);
          if ((await response?.text())?.includes('process_pid="' + process.pid + '"')) return 'served';
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
      if (cluster.isPrimary) {
        cluster.setupPrimary({ execArgv: ['--require', 'pg-otel/register'] });
        const answers = [];
        const fork = () => cluster.fork().once('message', (answer) => {
          answers.push(answer);
          if (answers.length === 1) return fork();
          console.log(answers.join());
          for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
        });
        fork();
      } else {
        process.on('warning', ({ code }) => process.send(code));
        void serve().then((answer) => process.send(answer));
      }`;
    const env = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
    };
    const { stdout } = await runFixture({ installation, node, type: 'commonjs', source, env });
    expect(stdout).toBe('served,PG_OTEL_PROMETHEUS_PORT\n');
  });
});
