import { DiagLogLevel, diag, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

// Internal errors of the instrumentation are logged here; the tests expect none.
diag.setLogger(console, DiagLogLevel.WARN);

class OnDemand extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

/** Sets providers that keep all in memory; returns what hands it over, and forgets it. */
export function keep({ tracerProvider, spans, logs }) {
  const reader = new OnDemand();
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

  return async function collect() {
    await tracerProvider.forceFlush();
    const finished = spans.getFinishedSpans().map(shownSpan);
    const records = (logs?.getFinishedLogRecords() ?? []).map(({ eventName, attributes }) => ({
      eventName,
      attributes,
    }));
    spans.reset();
    logs?.reset();
    const { resourceMetrics } = await reader.collect();
    return { spans: finished, logs: records, metrics: shownMetrics(resourceMetrics) };
  };
}

function shownSpan(span) {
  const { name, kind, status, attributes, events, parentSpanContext } = span;
  return {
    name,
    kind: SpanKind[kind],
    status: [SpanStatusCode[status.code], status.message].filter(Boolean).join(' '),
    attributes,
    events: events.map((event) => event.name),
    spanId: span.spanContext().spanId,
    parentSpanId: parentSpanContext?.spanId,
  };
}

function shownMetrics({ scopeMetrics }) {
  const ours = scopeMetrics.filter(({ scope }) => scope.name === '@pg-otel/instrumentation');
  return Object.fromEntries(
    ours
      .flatMap(({ metrics }) => metrics)
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({ attributes, value: value.count ?? value })),
      ]),
  );
}
