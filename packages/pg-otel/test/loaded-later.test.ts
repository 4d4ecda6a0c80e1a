import { exportTo, onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

/** Reports which packages of OpenTelemetry were loaded, and lets a test wait until one is. */
const LOADED = `
  const loaded = () => new Set(Object.keys(require.cache).map((file) => file.match(/.*@opentelemetry[/\\\\]([^/\\\\]+)/)?.[1]));
  const exporters = () => [...loaded()].filter((name) => /^exporter-.*-proto$/.test(name)).sort();
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

  it('exporters are loaded after the start, without an export', async () => {
    const { stdout, stderr } = await run(`
      const atStart = exporters();
      void until(() => exporters().length === 3).then(() => {
        console.log(JSON.stringify({ atStart, later: exporters(), isNodeSdkLoaded: loaded().has('sdk-node') }));
        process.exit();
      });`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      atStart: [],
      later: ['logs', 'metrics', 'trace'].map((signal) => `exporter-${signal}-otlp-proto`),
      isNodeSdkLoaded: false,
    });
    expect(capture.spans()).toEqual([]);
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
      void until(() => exporters().length === 3).then(() => {
        console.log(process.env.OTEL_EXPORTER_OTLP_ENDPOINT, process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
      });`);
    expect({ stdout, stderr, code }).toEqual({
      stdout: 'http://127.0.0.1:1 http://127.0.0.1:1\n',
      stderr: '',
      code: 0,
    });
    expect(capture.spans().map(({ name }) => name)).toEqual(['work']);
  });
});
