import { type CollectorPart, type ConfigValue, Explained } from './config';
import { listening, setting } from './settings';

export const QUEUE = 'file_storage/queue';

/** What every profile has: OTLP in, a limit of memory, queues on disk, a health check. */
export const base: CollectorPart = {
  extensions: {
    [QUEUE]: {
      directory: setting('OTELCOL_STATE_DIR'),
      create_directory: true,
      fsync: setting('OTELCOL_FSYNC'),
      compaction: {
        directory: setting('OTELCOL_STATE_DIR'),
        on_start: true,
        on_rebound: true,
        cleanup_on_start: true,
      },
    },
    health_check: { endpoint: listening('OTELCOL_HEALTH_PORT') },
  },
  receivers: {
    otlp: {
      protocols: {
        grpc: { endpoint: listening('OTELCOL_OTLP_GRPC_PORT') },
        http: { endpoint: listening('OTELCOL_OTLP_HTTP_PORT') },
      },
    },
  },
  processors: {
    memory_limiter: new Explained('First in each pipeline: what it refuses, the sender keeps and repeats.', {
      check_interval: '1s',
      limit_mib: setting('OTELCOL_MEMORY_LIMIT_MIB'),
      spike_limit_percentage: 20,
    }),
  },
};

/** What the collector says of itself; rules watch it. */
export const telemetry: ConfigValue = {
  metrics: {
    level: 'normal',
    readers: [
      {
        pull: {
          exporter: {
            prometheus: { host: setting('OTELCOL_LISTEN_HOST'), port: setting('OTELCOL_METRICS_PORT') },
          },
        },
      },
    ],
  },
};

/**
 * Takes a signal and keeps nothing of it: an application whose telemetry is answered by 404 would complain for ever.
 */
export function discarded(signal: 'logs' | 'metrics'): CollectorPart {
  const [conditions, context] =
    signal === 'logs' ? ['log_conditions', 'log'] : ['metric_conditions', 'metric'];
  const always = signal === 'logs' ? `${context}.time_unix_nano >= 0` : `${context}.name != ""`;
  return {
    processors: {
      [`filter/no_${signal}`]: new Explained('No rule here needs them: they are taken, and dropped.', {
        error_mode: 'ignore',
        [conditions as string]: [always],
      }),
    },
    exporters: { debug: { verbosity: 'basic' } },
    pipelines: {
      [signal]: {
        receivers: ['otlp'],
        processors: ['memory_limiter', `filter/no_${signal}`],
        exporters: ['debug'],
      },
    },
  };
}
