import type { CollectorPart } from './config';
import { listening, setting } from './settings';

export const QUEUE = 'file_storage/queue';

/** The components of every profile: OTLP receiver, memory limit, queues on disk, health check and metrics of the collector. */
export const base: CollectorPart = `
extensions:
  ${QUEUE}:
    directory: ${setting('OTELCOL_STATE_DIR')}
    create_directory: true
    fsync: ${setting('OTELCOL_FSYNC')}
    compaction:
      directory: ${setting('OTELCOL_STATE_DIR')}
      on_start: true
      on_rebound: true
      cleanup_on_start: true
  health_check:
    endpoint: ${listening('OTELCOL_HEALTH_PORT')}
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: ${listening('OTELCOL_OTLP_GRPC_PORT')}
      http:
        endpoint: ${listening('OTELCOL_OTLP_HTTP_PORT')}
processors:
  # First in each pipeline: senders keep the telemetry that is refused here, and send it again.
  memory_limiter:
    check_interval: 1s
    limit_mib: ${setting('OTELCOL_MEMORY_LIMIT_MIB')}
    spike_limit_percentage: 20
telemetry:
  metrics:
    level: normal
    readers:
      - pull:
          exporter:
            prometheus:
              host: ${setting('OTELCOL_LISTEN_HOST')}
              port: ${setting('OTELCOL_METRICS_PORT')}
`;

/** Accepts a signal and drops it. Without a receiver (404), applications would log export errors. */
export function discarded(signal: 'logs' | 'metrics'): CollectorPart {
  const [conditions, always] =
    signal === 'logs'
      ? ['log_conditions', 'log.time_unix_nano >= 0']
      : ['metric_conditions', 'metric.name != ""'];
  return `
processors:
  # No rule reads ${signal}: they are accepted and dropped.
  filter/no_${signal}:
    error_mode: ignore
    ${conditions}:
      - ${JSON.stringify(always)}
exporters:
  debug:
    verbosity: basic
pipelines:
  ${signal}:
    receivers: [otlp]
    processors: [memory_limiter, filter/no_${signal}]
    exporters: [debug]
`;
}
