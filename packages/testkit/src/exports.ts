import type { OtlpCapture } from './otlp-capture';
import type { PostgresServer } from './postgres';

/** Makes a NodeSDK export to a capture, every signal, and nothing of it by itself. */
export function exportTo(capture: OtlpCapture, postgres: PostgresServer): Record<string, string> {
  return {
    ...capture.env,
    ...postgres.env,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '3600000',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
    // By default it depends on the machine's load whether the second acquire has a span.
    PG_OTEL_ACQUIRE_SPANS: 'always',
  };
}
