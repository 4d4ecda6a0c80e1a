import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import type { Severity } from '../rules/rule';
import { duration } from '../rules/text';
import { TIMES } from '../rules/times';
import { QUEUE } from './base';
import { type Parts, pipeline } from './config';
import { datapoint, resource, set } from './ottl';
import { listening, setting } from './settings';

const queue = (size: number) => ({ enabled: true, storage: QUEUE, sizer: 'items', queue_size: size });

/** Sends the alerts of a severity to the bridge, and retries until the bridge accepts them. */
export const bridge = (severity: Severity, comment?: string): Parts => ({
  [`exporters otlp_http/${severity}`]: {
    '#': comment,
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
});

/** An OTLP exporter over gRPC. Its queue on disk covers an outage of one hour. */
const otlpTo = (name: string, prefix: 'TRACES' | 'GATEWAY', comment: string): Parts => ({
  [`exporters ${name}`]: {
    '#': comment,
    endpoint: setting(`${prefix}_ENDPOINT`),
    tls: { insecure: setting(`${prefix}_INSECURE`) },
    sending_queue: { ...queue(100000), batch: { flush_timeout: '1s', min_size: 1000, max_size: 5000 } },
    retry_on_failure: { enabled: true, max_elapsed_time: '1h' },
  },
});

export const TRACES = 'otlp_grpc/traces';
export const traceStore = otlpTo(
  TRACES,
  'TRACES',
  'The store of traces. During an outage, an hour of traces waits on disk.',
);
export const GATEWAY = 'otlp_grpc/gateway';
export const gateway = otlpTo(
  GATEWAY,
  'GATEWAY',
  'During an outage of the gateway, an hour of traces and metrics waits on disk.',
);

const SERVICE_STATEMENTS = SERVICE.map((label) => {
  const { attribute } = LABEL_SOURCES[label];
  const [from, to] = [resource(attribute), datapoint(attribute)];
  return set(to, from, [`${from} != nil`, `${to} == nil`]);
});

/** Metrics for Prometheus to scrape. Every series has the labels of its service. */
export const prometheus: Parts = {
  'processors transform/service': {
    '#': 'Sets the labels of the service on every series: rules group by them.',
    error_mode: 'ignore',
    metric_statements: [{ context: 'datapoint', statements: SERVICE_STATEMENTS }],
  },
  'exporters prometheus': {
    endpoint: listening('OTELCOL_PROMETHEUS_PORT'),
    metric_expiration: setting('OTELCOL_METRIC_EXPIRATION'),
  },
  'pipelines metrics': pipeline(['otlp'], ['memory_limiter', 'transform/service'], ['prometheus']),
};
