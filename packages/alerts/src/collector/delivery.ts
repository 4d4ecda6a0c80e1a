import { duration } from '../prometheus/promql';
import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import type { Severity } from '../rules/rule';
import { TIMES } from '../rules/times';
import { QUEUE } from './base';
import { type CollectorPart, pipeline } from './config';
import { datapoint, resource, set } from './ottl';
import { listening, type Setting, setting } from './settings';

const queue = (size: number) => ({ enabled: true, storage: QUEUE, sizer: 'items', queue_size: size });

/** Sends the alerts of each severity to the bridge, and retries until the bridge accepts them. */
export function bridge(severities: readonly Severity[]): CollectorPart {
  const exporters = severities.map((severity, index) => [
    `otlp_http/${severity}`,
    {
      ...(index === 0 ? { '#': WHY_QUEUES } : {}),
      endpoint: setting('PG_OTEL_BRIDGE_ENDPOINT'),
      headers: { authorization: `Bearer ${setting('PG_OTEL_BRIDGE_TOKEN')}` },
      encoding: 'json',
      compression: 'none',
      timeout: duration(TIMES.collectorWaits),
      sending_queue: queue(20000),
      retry_on_failure: {
        enabled: true,
        initial_interval: '200ms',
        max_interval: '5s',
        max_elapsed_time: '0s',
      },
    },
  ]);
  return { exporters: Object.fromEntries(exporters) };
}

const WHY_QUEUES = `One queue for each severity: a flood of warnings does not delay critical alerts. The bridge answers 200 only
after Alertmanager has accepted the alerts, so they stay in the queue on disk until then.`;

/** An OTLP exporter over gRPC. Its queue on disk covers an outage of one hour. */
const otlpTo = (name: string, endpoint: Setting, insecure: Setting, why: string): CollectorPart => ({
  exporters: {
    [name]: {
      '#': why,
      endpoint: setting(endpoint),
      tls: { insecure: setting(insecure) },
      sending_queue: {
        ...queue(100000),
        batch: { flush_timeout: '1s', min_size: 1000, max_size: 5000 },
      },
      retry_on_failure: { enabled: true, max_elapsed_time: '1h' },
    },
  },
});

export const TRACES = 'otlp_grpc/traces';
export const GATEWAY = 'otlp_grpc/gateway';

export const traceStore = otlpTo(
  TRACES,
  'TRACES_ENDPOINT',
  'TRACES_INSECURE',
  'The store of traces. During an outage, an hour of traces waits on disk.',
);
export const gateway = otlpTo(
  GATEWAY,
  'GATEWAY_ENDPOINT',
  'GATEWAY_INSECURE',
  'During an outage of the gateway, an hour of traces and metrics waits on disk.',
);

/** Metrics for Prometheus to scrape. Every series has the labels of its service. */
export const prometheus: CollectorPart = {
  processors: {
    'transform/service': {
      '#': 'Sets the labels of the service on every series: rules group by them.',
      error_mode: 'ignore',
      metric_statements: [
        {
          context: 'datapoint',
          statements: SERVICE.map((label) => {
            const { attribute } = LABEL_SOURCES[label];
            const [from, to] = [resource(attribute), datapoint(attribute)];
            return set(to, from, [`${from} != nil`, `${to} == nil`]);
          }),
        },
      ],
    },
  },
  exporters: {
    prometheus: {
      endpoint: listening('OTELCOL_PROMETHEUS_PORT'),
      metric_expiration: setting('OTELCOL_METRIC_EXPIRATION'),
    },
  },
  pipelines: { metrics: pipeline(['otlp'], ['memory_limiter', 'transform/service'], ['prometheus']) },
};
