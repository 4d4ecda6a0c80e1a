import type { OtlpCapture } from './otlp-capture';
import type { PostgresServer } from './postgres';

/** Variables with which a NodeSDK exports all signals to a capture, without resource detectors and periodic exports. */
export function exportTo(capture: OtlpCapture, postgres?: PostgresServer): Record<string, string> {
  return {
    ...capture.env,
    ...postgres?.env,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: '3600000',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
    // By default, the second acquire has a span only when the machine is busy.
    PG_OTEL_ACQUIRE_SPANS: 'always',
  };
}
