/**
 * The SDK of one major version, set up so that nothing but an instrumentation's own work is left: spans and log records are
 * dropped at their end, metrics are recorded and collected by nobody but a proof.
 *
 * @param metricProducers makes those of the reader; not called where there is none
 * @returns `inParent`, which runs a function inside an active parent span, and what a proof looks at; there is
 *   nothing to look at without an SDK
 */
export function startSdk(requireOfLine, mode, metricProducers = () => []) {
  if (mode === 'none') return { inParent: (run) => run() };

  const { context, trace, metrics, ROOT_CONTEXT } = requireOfLine('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = requireOfLine('@opentelemetry/context-async-hooks');
  const { LoggerProvider } = requireOfLine('@opentelemetry/sdk-logs');
  const { MeterProvider, MetricReader } = requireOfLine('@opentelemetry/sdk-metrics');
  // NodeSDK uses these on both major versions.
  const { AlwaysOffSampler, AlwaysOnSampler, TracerProvider } = requireOfLine('@opentelemetry/sdk-trace');

  class SilentReader extends MetricReader {
    async onForceFlush() {}
    async onShutdown() {}
  }
  const producers = metricProducers();
  const reader = new SilentReader({ metricProducers: producers });
  const spans = new Dropped();
  const records = new Dropped();
  const sampler = mode === 'sampled' ? new AlwaysOnSampler() : new AlwaysOffSampler();
  const tracerProvider = new TracerProvider({ sampler, spanProcessors: [spans] });

  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  logsApi(requireOfLine).setGlobalLoggerProvider(new LoggerProvider({ processors: [records] }));

  const parent = trace.setSpan(ROOT_CONTEXT, tracerProvider.getTracer('bench').startSpan('parent'));
  return { inParent: (run) => context.with(parent, run), seen: { reader, producers, spans, records } };
}

/** A separate package for 2.x, part of the API in 3.x. */
function logsApi(requireOfLine) {
  return requireOfLine('@opentelemetry/api').logs ?? requireOfLine('@opentelemetry/api-logs').logs;
}

/** A processor of spans and of log records. */
class Dropped {
  ended = 0;
  /** Scope and name of each event that somebody has asked about: whether it would come anywhere. */
  askedAbout = new Set();

  onStart() {}
  onEnd() {
    this.ended += 1;
  }
  onEmit() {}
  enabled({ instrumentationScope, eventName }) {
    this.askedAbout.add(`${instrumentationScope.name} ${eventName}`);
    return true;
  }
  async forceFlush() {}
  async shutdown() {}
}
