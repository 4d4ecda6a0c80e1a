import { limitsOf, type Rule } from '../rules/rule';
import { flow, type Parts } from './config';
import { is, number } from './ottl';
import { listening, setting } from './settings';

export const QUEUE = 'file_storage/queue';

const OWN_METRICS = { host: setting('OTELCOL_LISTEN_HOST'), port: setting('OTELCOL_METRICS_PORT') };

/** The parts of every profile: OTLP receiver, memory limit, queues on disk, health check and metrics of the collector. */
export const base: Parts = {
  [`extensions ${QUEUE}`]: {
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
  'extensions health_check': { endpoint: listening('OTELCOL_HEALTH_PORT') },
  'receivers otlp': {
    protocols: {
      grpc: { endpoint: listening('OTELCOL_OTLP_GRPC_PORT') },
      http: { endpoint: listening('OTELCOL_OTLP_HTTP_PORT') },
    },
  },
  'processors memory_limiter': {
    '#': 'First in each pipeline: senders keep the telemetry that is refused here, and send it again.',
    check_interval: '1s',
    limit_mib: setting('OTELCOL_MEMORY_LIMIT_MIB'),
    spike_limit_percentage: 20,
  },
  'telemetry metrics': { level: 'normal', readers: [{ pull: { exporter: { prometheus: OWN_METRICS } } }] },
};

/** Selects the traces that the gateway keeps. The policy `latency` is not used, because it measures the entire trace. */
export function tailSampling(rules: readonly Rule[]): Parts {
  const [slow = 1] = limitsOf(rules.filter(({ watch }) => watch === 'slow-operation'));
  const isOurs = is('span.attributes["db.system.name"]', 'postgresql');
  const anySpan = (name: string, condition: string) => ({
    name,
    type: 'ottl_condition',
    ottl_condition: { error_mode: 'ignore', span: [`${isOurs} and ${condition}`] },
  });
  return {
    'processors tail_sampling': {
      '#': `Keeps traces with slow or failed database operations, traces with errors, and a share of the rest. All spans
of a trace must reach this process.`,
      decision_wait: setting('OTELCOL_SAMPLING_WAIT'),
      num_traces: 50000,
      decision_cache: { sampled_cache_size: 500000, non_sampled_cache_size: 500000 },
      policies: [
        anySpan('slow-database', `(span.end_time - span.start_time) >= Duration("${number(slow)}s")`),
        anySpan('failed-database', 'span.status.code == STATUS_CODE_ERROR'),
        { name: 'errors', type: 'status_code', status_code: { status_codes: flow(['ERROR']) } },
        {
          name: 'baseline',
          type: 'probabilistic',
          probabilistic: { sampling_percentage: setting('OTELCOL_SAMPLING_PERCENTAGE') },
        },
      ],
    },
  };
}
