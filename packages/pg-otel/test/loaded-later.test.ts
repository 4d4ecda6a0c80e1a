import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { exportTo, onePerMajorVersion, runFixture, selfSignedCertificate, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** Reports which packages of OpenTelemetry were loaded, and lets a test wait until one is. */
const LOADED = `
  const loaded = () => new Set(Object.keys(require.cache).map((file) => file.match(/.*@opentelemetry[/\\\\]([^/\\\\]+)/)?.[1]));
  const later = () => [...loaded()].filter((name) => /^(exporter-.*-proto|sdk-logs)$/.test(name)).sort();
  const ours = () => Object.keys(require.cache).filter((file) => /[/\\\\]node_modules[/\\\\](@pg-otel|pg-otel)[/\\\\]/.test(file));
  const until = async (isDone) => {
    while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 20));
  };`;

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  const run = (source: string, env: Record<string, string> = {}) =>
    runFixture({
      installation,
      node,
      nodeArgs: ['--require', 'pg-otel/register'],
      type: 'commonjs',
      source: `${LOADED}\n${source}`,
      env: { ...exportTo(capture, postgres), ...env },
    });

  it('exporters and the SDK for logs are loaded after the start, without an export', async () => {
    const { stdout, stderr } = await run(`
      const atStart = later();
      void until(() => later().length === 4).then(() => {
        console.log(JSON.stringify({ atStart, later: later(), isNodeSdkLoaded: loaded().has('sdk-node') }));
        process.exit();
      });`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      atStart: [],
      later: [...['logs', 'metrics', 'trace'].map((signal) => `exporter-${signal}-otlp-proto`), 'sdk-logs'],
      isNodeSdkLoaded: false,
    });
    expect(capture.spans()).toEqual([]);
  });

  it('a start loads few files of pg-otel and its instrumentation', async () => {
    const { stdout, stderr } = await run('console.log(ours().length);');
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThanOrEqual(12);
  });

  it('a log record is emitted at once by a logger that exists before the SDK for logs', async () => {
    const { stdout, stderr, code } = await run(`
      const api = require('@opentelemetry/api');
      const { logs } = api.logs === undefined ? require('@opentelemetry/api-logs') : api;
      const logger = logs.getLogger('application', '1.0');
      console.log(later().includes('sdk-logs'), logger.enabled({}));
      api.trace.getTracer('application').startActiveSpan('work', (span) => {
        logger.emit({ body: 'first' });
        span.end();
      });
      console.log(later().includes('sdk-logs'));`);
    expect({ stdout, stderr, code }).toEqual({ stdout: 'false true\ntrue\n', stderr: '', code: 0 });
    const [span] = capture.spans();
    expect(capture.logs()).toMatchObject([
      {
        body: 'first',
        scope: { name: 'application', version: '1.0' },
        traceId: span?.traceId,
        spanId: span?.spanId,
      },
    ]);
  });

  it('a process that ends before that exports its telemetry nevertheless', async () => {
    const { stderr, code } = await run(`
      require('@opentelemetry/api').trace.getTracer('application').startSpan('work').end();`);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(capture.spans().map(({ name }) => name)).toEqual(['work']);
  });

  it('an exporter has the environment of the start, and leaves that of the application as it is', async () => {
    const { stdout, stderr, code } = await run(`
      process.env.OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';
      process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = 'http://127.0.0.1:1';
      require('@opentelemetry/api').trace.getTracer('application').startSpan('work').end();
      void until(() => later().length === 4).then(() => {
        console.log(process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
      });`);
    expect({ stdout, stderr, code }).toEqual({
      stdout: 'http://127.0.0.1:1 http://127.0.0.1:1\n',
      stderr: '',
      code: 0,
    });
    expect(capture.spans().map(({ name }) => name)).toEqual(['work']);
  });

  it('certificates are read at the start: later, the application may have no right to do so', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pg-otel-certificate-'));
    const file = path.join(folder, 'certificate.pem');
    const { certificate, key } = await selfSignedCertificate();
    await writeFile(file, certificate);
    const paths: (string | undefined)[] = [];
    const receiver = createServer({ cert: certificate, key }, (request, response) => {
      paths.push(request.url);
      request.resume().on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { stderr, code } = await run(
      `require('node:fs').rmSync(process.env.OTEL_EXPORTER_OTLP_CERTIFICATE);
      require('@opentelemetry/api').trace.getTracer('application').startSpan('work').end();`,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${(receiver.address() as AddressInfo).port}`,
        OTEL_EXPORTER_OTLP_CERTIFICATE: file,
      },
    );
    receiver.close();
    await rm(folder, { recursive: true });
    expect({ stderr, code, paths }).toEqual({ stderr: '', code: 0, paths: ['/v1/traces'] });
  });
});
