/** Names in Prometheus, as the collector's `prometheus` exporter makes them. */

/** Of a histogram in seconds, without `_bucket` and `_count`. */
export function histogramMetric(name: string): string {
  return `${name.replaceAll('.', '_')}_seconds`;
}

export const UTILIZATION = 'pg_otel_connection_utilization_ratio';
export const PENDING_OLDEST = 'pg_otel_connection_pending_oldest_seconds';
export const HEALTH = 'pg_otel_connection_health';
export const CONNECTION_LIMIT = 'db_client_connection_limit';
export const BRIDGE_UNDELIVERED = 'pg_otel_bridge_undelivered_total';

export const QUEUE_SIZE = 'otelcol_exporter_queue_size';
export const QUEUE_CAPACITY = 'otelcol_exporter_queue_capacity';

// Without `_total` in the text format, with it in OpenMetrics, which Prometheus asks for.
const SIGNALS = '(log_records|metric_points|spans)(_total)?';
/** Regular expressions of names. */
export const REFUSED = `otelcol_receiver_refused_${SIGNALS}`;
export const FAILED = `otelcol_exporter_(enqueue|send)_failed_${SIGNALS}`;

/** A process: no counter of it is reset without the others. */
export const INSTANCE = ['job', 'instance'] as const;
