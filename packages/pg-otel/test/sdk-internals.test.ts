import { MODULES_OF_PG_OTEL, onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';

/** Applies sdk/internals.ts to the packages that are installed, and reports what it found. */
const INTERNALS = `
  const path = require('node:path');
  const { trace } = require('@opentelemetry/api');
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
  const ours = ${MODULES_OF_PG_OTEL};
  const { requireSdk } = require(path.join(ours, 'sdk/require-sdk.js'));
  const internals = require(path.join(ours, 'sdk/internals.js'));
  const { registeredSlots } = require(path.join(ours, 'api-registry.js'));

  const signals = { trace: 'OTLPTraceExporter', metrics: 'OTLPMetricExporter', logs: 'OTLPLogExporter' };
  const exporter = (signal, protocol) =>
    new (requireSdk('@opentelemetry/exporter-' + signal + '-otlp-' + protocol)[signals[signal]])();

  async function http(protocol) {
    return Promise.all(Object.keys(signals).map(async (signal) => {
      const found = internals.httpExporterInternals(exporter(signal, protocol));
      const agent = await found?.parameters.agentFactory('http:');
      return typeof agent?.createConnection === 'function' && typeof agent.reuseSocket === 'function';
    }));
  }

  async function main() {
    const { PrometheusExporter } = requireSdk('@opentelemetry/exporter-prometheus');
    const instrumentation = new HttpInstrumentation();
    trace.setGlobalTracerProvider({ getTracer() {} });
    console.log(JSON.stringify({
      protobuf: await http('proto'),
      json: await http('http'),
      grpc: Object.keys(signals).map((signal) => internals.grpcTransport(exporter(signal, 'grpc')) !== undefined),
      serializers: ['proto', 'http', 'grpc'].map((protocol) =>
        Object.keys(signals).map((signal) => internals.serializing(exporter(signal, protocol)) !== undefined)),
      prometheus: internals.prometheusServer(new PrometheusExporter({ preventServerStart: true })) !== undefined,
      modules: internals.instrumentedModules(instrumentation).map(({ name }) => name).sort(),
      wrapping: internals.wrappingOf(instrumentation) !== undefined,
      export: typeof requireSdk('@opentelemetry/core').internal._export,
      registered: [...registeredSlots().keys()],
    }));
  }
  void main();`;

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it('the private fields that pg-otel uses are where it expects them', async () => {
    const { stdout, stderr } = await runFixture({ installation, node, type: 'commonjs', source: INTERNALS });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      protobuf: [true, true, true],
      json: [true, true, true],
      grpc: [true, true, true],
      serializers: Array(3).fill([true, true, true]),
      prometheus: true,
      modules: ['http', 'https'],
      wrapping: true,
      export: 'function',
      registered: ['trace'],
    });
  });
});
