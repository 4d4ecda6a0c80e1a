import { type Collector, startCollector } from './collector';
import type { ConfigSource } from './config-source';

const PORTS = ['grpc', 'http', 'prometheus', 'metrics', 'health'] as const;
export type ProfileCollector = Collector<(typeof PORTS)[number]>;

export interface ProfileCollectorOptions {
  /** As `pg-otel alerts build` compiled it for a profile, and configuration to merge into it. */
  readonly configs: readonly ConfigSource[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the collector with the configuration of a profile, on free ports and with its own queues. */
export function startProfileCollector(options: ProfileCollectorOptions): Promise<ProfileCollector> {
  const { configs, env = {} } = options;
  return startCollector({
    configs,
    ports: PORTS,
    env: ({ ports, folder }) => ({
      OTELCOL_OTLP_GRPC_PORT: `${ports.grpc}`,
      OTELCOL_OTLP_HTTP_PORT: `${ports.http}`,
      OTELCOL_PROMETHEUS_PORT: `${ports.prometheus}`,
      OTELCOL_METRICS_PORT: `${ports.metrics}`,
      OTELCOL_HEALTH_PORT: `${ports.health}`,
      OTELCOL_STATE_DIR: `${folder}/state`,
      ...env,
    }),
  });
}

/** The compiled prometheus.yaml, with the ports of these servers for those of one host. */
export function prometheusConfigAt(
  config: string,
  servers: {
    readonly collector: ProfileCollector;
    readonly bridge: { readonly ports: { readonly otlp: number } };
    readonly alertmanager: { readonly ports: { readonly web: number } };
  },
): string {
  const { collector, bridge, alertmanager } = servers;
  const moved: Readonly<Record<string, number>> = {
    8889: collector.ports.prometheus,
    8888: collector.ports.metrics,
    4319: bridge.ports.otlp,
    9093: alertmanager.ports.web,
  };
  return config.replace(/127\.0\.0\.1:(\d+)/g, (_, port: string) => `127.0.0.1:${moved[port]}`);
}
