import { type Attributes, SpanKind, type SpanStatus, SpanStatusCode } from '@opentelemetry/api';
import type { logs, metrics, node, tracing } from '@opentelemetry/sdk-node';

export interface RecordedSpan {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly seconds: number;
}

export interface RecordedPoint {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  /** Of a sum or gauge; for a histogram its sum. */
  readonly value: number;
  /** Of a histogram. */
  readonly count: number | undefined;
  readonly bounds: readonly number[] | undefined;
}

export interface RecordedEvent {
  readonly name: string;
  readonly severity: number;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** What an instrumentation under test has emitted in this process, to the real SDK. */
export interface Recorder {
  readonly tracerProvider: node.NodeTracerProvider;
  readonly meterProvider: metrics.MeterProvider;
  readonly loggerProvider: logs.LoggerProvider;
  /** Ended spans, in the order of their ends. */
  spans(): RecordedSpan[];
  /** Names of spans that were started and have not ended. */
  openSpans(): string[];
  /** Collected now, cumulative. */
  points(): Promise<RecordedPoint[]>;
  events(): RecordedEvent[];
  /** Forgets spans and events. */
  clear(): void;
  shutdown(): Promise<void>;
}

/** Providers of the SDK with exporters in memory; the context manager is registered, the providers are not. */
export function startRecorder(options: { readonly sampler?: tracing.Sampler } = {}): Recorder {
  // Not at the top: jest loads modules again for each test file, the SDK has 420, and few tests have a recorder.
  const { logs, metrics, node } =
    require('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node');
  const ended: tracing.ReadableSpan[] = [];
  const open = new Set<tracing.ReadableSpan>();
  const tracerProvider = new node.NodeTracerProvider({
    ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
    spanProcessors: [
      {
        onStart: (span) => void open.add(span as unknown as tracing.ReadableSpan),
        onEnd: (span) => {
          open.delete(span);
          ended.push(span);
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  tracerProvider.register();

  const reader = new metrics.PeriodicExportingMetricReader({
    exporter: new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE),
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new metrics.MeterProvider({ readers: [reader] });

  const records = new logs.InMemoryLogRecordExporter();
  const loggerProvider = new logs.LoggerProvider({
    processors: [new logs.SimpleLogRecordProcessor({ exporter: records })],
  });

  return {
    tracerProvider,
    meterProvider,
    loggerProvider,
    spans: () => ended.map(recordedSpan),
    openSpans: () => [...open].map(({ name }) => name),
    async points() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw errors[0];
      return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics.flatMap(recordedPoints));
    },
    events: () =>
      records.getFinishedLogRecords().map((record) => ({
        name: record.eventName ?? '',
        severity: record.severityNumber ?? 0,
        body: record.body,
        attributes: record.attributes as Record<string, unknown>,
        traceId: record.spanContext?.traceId,
        spanId: record.spanContext?.spanId,
      })),
    clear() {
      ended.length = 0;
      records.reset();
    },
    async shutdown() {
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown(), loggerProvider.shutdown()]);
    },
  };
}

function recordedSpan(span: tracing.ReadableSpan): RecordedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    status: span.status.code === SpanStatusCode.UNSET ? { code: SpanStatusCode.UNSET } : span.status,
    events: span.events.map(({ name, attributes }) => ({ name, attributes: attributes ?? {} })),
    links: span.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId })),
    seconds: span.duration[0] + span.duration[1] / 1e9,
  };
}

function recordedPoints(metric: metrics.MetricData): RecordedPoint[] {
  const { name, unit } = metric.descriptor;
  return metric.dataPoints.map(({ attributes, value }) => {
    if (typeof value === 'number') {
      return { name, unit, attributes, value, count: undefined, bounds: undefined };
    }
    const bounds = 'buckets' in value && 'boundaries' in value.buckets ? value.buckets.boundaries : undefined;
    return { name, unit, attributes, value: value.sum ?? 0, count: value.count, bounds };
  });
}
