/**
 * The SDK of a line, set up so that nothing but an instrumentation's own work is left: spans are dropped at their
 * end, metrics are recorded and never exported. Returns a function that runs another inside an active parent span.
 */
export function startSdk(requireOfLine, mode) {
  if (mode === 'none') return (run) => run();

  const { context, trace, metrics, ROOT_CONTEXT } = requireOfLine('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = requireOfLine('@opentelemetry/context-async-hooks');
  const { MeterProvider, MetricReader } = requireOfLine('@opentelemetry/sdk-metrics');
  // What both lines' NodeSDKs use in the end.
  const { AlwaysOffSampler, AlwaysOnSampler, TracerProvider } = requireOfLine('@opentelemetry/sdk-trace');

  class SilentReader extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  }
  const drop = { onStart() {}, onEnd() {}, async forceFlush() {}, async shutdown() {} };
  const sampler = mode === 'sampled' ? new AlwaysOnSampler() : new AlwaysOffSampler();
  const tracerProvider = new TracerProvider({ sampler, spanProcessors: [drop] });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new SilentReader()] }));

  const parent = trace.setSpan(ROOT_CONTEXT, tracerProvider.getTracer('bench').startSpan('parent'));
  return (run) => context.with(parent, run);
}
