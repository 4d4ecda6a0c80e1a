import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  bundle,
  capturedSpans,
  exportTo,
  type Runtime,
  runFixture,
  runtimes,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';
import { WORK, WORK_OUTPUT, workSpans } from './application';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-bundle-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const APPLICATION = `
  import { trace } from '@opentelemetry/api';
  import { instrument } from '@pg-otel/instrumentation';
  import pg from 'pg';
  import { start } from 'pg-otel';
  ${WORK}
  start();
  const pool = new (instrument(pg).Pool)();
  work(pool, trace).then(() => pool.end());`;

/** An environment in which neither our packages nor OpenTelemetry can be loaded. */
function runAlone({ installation, node }: Runtime, bundled: string, env: Record<string, string> = {}) {
  const file = path.join(folder, path.basename(bundled));
  fs.copyFileSync(bundled, file);
  return runFixture({
    installation,
    node,
    folder,
    command: [file],
    env: { ...exportTo(capture, postgres), ...env },
  });
}

describe.each(titled(runtimes()))('an application in a single file, on %s', (_, runtime) => {
  it.each(['cjs', 'esm'] as const)('exports all telemetry as %s', async (format) => {
    const bundled = await bundle({
      installation: runtime.installation,
      source: APPLICATION,
      format,
      withOurs: true,
      withOpenTelemetry: true,
    });
    const { stdout, stderr, code } = await runAlone(runtime, bundled);
    expect({ stdout, stderr, code }).toEqual({ stdout: WORK_OUTPUT, stderr: '', code: 0 });
    expect(capturedSpans(capture)).toEqual(workSpans(postgres));
    expect(capture.metrics().map(({ name }) => name)).toContain('db.client.operation.duration');
    expect(capture.logs()).not.toEqual([]);
  });

  it('contains every exporter that the environment may select', async () => {
    const bundled = await bundle({
      installation: runtime.installation,
      source: APPLICATION,
      format: 'cjs',
      withOurs: true,
      withOpenTelemetry: true,
    });
    const { stdout, stderr, code } = await runAlone(runtime, bundled, {
      OTEL_TRACES_EXPORTER: 'otlp,console,zipkin',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_METRICS_EXPORTER: 'otlp,console,prometheus',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
      OTEL_EXPORTER_PROMETHEUS_PORT: '19465',
      OTEL_LOGS_EXPORTER: 'otlp,console',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://127.0.0.1:1',
    });
    expect(stdout).toContain(WORK_OUTPUT);
    expect(stdout).toContain("name: 'SELECT missing'");
    // Nothing receives the exports to Zipkin and by gRPC.
    expect([...stderr.matchAll(/\[(PG_OTEL_\w+)\]/g)].map(([, warning]) => warning)).toEqual([
      'PG_OTEL_EXPORT_FAILED',
      'PG_OTEL_EXPORT_FAILED',
    ]);
    expect(code).toBe(0);
    expect(capturedSpans(capture)).toEqual(workSpans(postgres));
  });

  it('runs without telemetry and warns why when its ESM has no require', async () => {
    const source = `
      import { start } from 'pg-otel';
      start();
      console.log('works');`;
    const bundled = await bundle({
      installation: runtime.installation,
      source,
      format: 'esm',
      withOurs: true,
      withOpenTelemetry: true,
      withRequire: false,
    });
    const { stdout, stderr, code } = await runAlone(runtime, bundled);
    expect(stdout).toBe('works\n');
    expect(stderr.match(/\[PG_OTEL_NOT_STARTED\] PgOtelWarning: /g)).toHaveLength(1);
    expect(stderr).toContain('This ESM bundle has no `require`: add the banner of https://');
    expect(code).toBe(0);
  });

  it('runs without telemetry and warns why when the bundle leaves OpenTelemetry out', async () => {
    const source = `
      import { start } from 'pg-otel';
      start();
      console.log('works');`;
    const bundled = await bundle({
      installation: runtime.installation,
      source,
      format: 'cjs',
      withOurs: true,
    });
    const { stdout, stderr, code } = await runAlone(runtime, bundled);
    expect(stdout).toBe('works\n');
    expect(stderr).toMatch(
      /\[PG_OTEL_NOT_STARTED\] PgOtelWarning: .* Cannot find module '@opentelemetry\/[a-z-]+'\. Install it in the application;/,
    );
    expect(code).toBe(0);
  });
});
