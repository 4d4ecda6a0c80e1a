import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import type { Severity } from '../rules/rule';
import { QUEUE } from './base';
import { type CollectorPart, type ConfigValue, Explained } from './config';
import { datapoint, resource, set } from './ottl';
import { listening, type Setting, setting } from './settings';

/** A severity's alerts, to the bridge: repeated until it takes them, however long that is. */
export function bridge(severities: readonly Severity[]): CollectorPart {
  return {
    exporters: Object.fromEntries(
      severities.map((severity, index) => [
        `otlp_http/${severity}`,
        index === 0
          ? new Explained(
              'One queue for each severity: a flood of warnings delays nothing critical. The bridge answers 200 only\nafter Alertmanager did, so an alert is in a queue on disk until then.',
              toBridge(),
            )
          : toBridge(),
      ]),
    ),
  };
}

function toBridge(): ConfigValue {
  return {
    endpoint: setting('PG_OTEL_BRIDGE_ENDPOINT'),
    headers: { authorization: `Bearer ${setting('PG_OTEL_BRIDGE_TOKEN')}` },
    encoding: 'json',
    compression: 'none',
    // Longer than the bridge takes for its answer, 25 s at most: who gives up earlier sends twice.
    timeout: '30s',
    sending_queue: { enabled: true, storage: QUEUE, sizer: 'items', queue_size: 20_000 },
    retry_on_failure: {
      enabled: true,
      initial_interval: '200ms',
      max_interval: '5s',
      max_elapsed_time: '0s',
    },
  };
}

/** OTLP over gRPC with a queue on disk that bridges an outage of an hour. */
function otlpTo(name: string, endpoint: Setting, insecure: Setting, why: string): CollectorPart {
  return {
    exporters: {
      [name]: new Explained(why, {
        endpoint: setting(endpoint),
        tls: { insecure: setting(insecure) },
        sending_queue: {
          enabled: true,
          storage: QUEUE,
          sizer: 'items',
          queue_size: 100_000,
          batch: { flush_timeout: '1s', min_size: 1_000, max_size: 5_000 },
        },
        retry_on_failure: { enabled: true, max_elapsed_time: '1h' },
      }),
    },
  };
}

export const TRACES = 'otlp_grpc/traces';
export const GATEWAY = 'otlp_grpc/gateway';

export const traceStore = otlpTo(
  TRACES,
  'TRACES_ENDPOINT',
  'TRACES_INSECURE',
  'The store of traces. While it is away, an hour of them waits on disk.',
);
export const gateway = otlpTo(
  GATEWAY,
  'GATEWAY_ENDPOINT',
  'GATEWAY_INSECURE',
  'While the gateway is away, an hour of everything waits on disk.',
);

/** For Prometheus to scrape. Every series says whose it is and where. */
export const prometheus: CollectorPart = {
  processors: {
    'transform/service': new Explained('Labels that say whose it is on every series, which rules go by.', {
      error_mode: 'ignore',
      metric_statements: [
        {
          context: 'datapoint',
          statements: SERVICE.map((label) => LABEL_SOURCES[label].attribute).map((attribute) =>
            set(datapoint(attribute), resource(attribute), [
              `${resource(attribute)} != nil`,
              `${datapoint(attribute)} == nil`,
            ]),
          ),
        },
      ],
    }),
  },
  exporters: {
    prometheus: {
      endpoint: listening('OTELCOL_PROMETHEUS_PORT'),
      metric_expiration: setting('OTELCOL_METRIC_EXPIRATION'),
    },
  },
  pipelines: {
    metrics: {
      receivers: ['otlp'],
      processors: ['memory_limiter', 'transform/service'],
      exporters: ['prometheus'],
    },
  },
};
