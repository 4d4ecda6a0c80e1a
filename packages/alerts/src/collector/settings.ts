import { duration } from '../rules/text';
import { TIMES } from '../rules/times';

/** Environment variables of the collector, with their defaults. */
const SETTINGS = {
  OTELCOL_LISTEN_HOST: ['127.0.0.1', 'the listen address; 0.0.0.0 accepts other machines and containers'],
  OTELCOL_OTLP_GRPC_PORT: ['4317', 'OTLP over gRPC'],
  OTELCOL_OTLP_HTTP_PORT: ['4318', 'OTLP over HTTP'],
  OTELCOL_PROMETHEUS_PORT: ['8889', 'metrics of the applications, for Prometheus (honor_labels: true)'],
  OTELCOL_METRICS_PORT: ['8888', 'metrics of the collector itself, for Prometheus'],
  OTELCOL_HEALTH_PORT: ['13133', 'answers 200 while the collector is healthy'],
  OTELCOL_STATE_DIR: ['/var/lib/otelcol', 'folder of the queues, on a persistent disk; created if missing'],
  OTELCOL_FSYNC: ['false', 'true: queues also survive a power loss, and writes take longer'],
  OTELCOL_MEMORY_LIMIT_MIB: ['400', 'above it, telemetry is refused; set GOMEMLIMIT to 80 % of it'],
  OTELCOL_METRIC_EXPIRATION: [
    duration(TIMES.metricExpires),
    'metrics that are not reported for this long expire; at least three exports',
  ],
  OTELCOL_SAMPLING_WAIT: ['10s', 'how long a trace may take to complete'],
  OTELCOL_SAMPLING_PERCENTAGE: ['5', 'the percentage of other traces (neither slow nor failed) to keep'],
  PG_OTEL_BRIDGE_ENDPOINT: ['http://127.0.0.1:4319', 'the URL of `pg-otel alerts bridge`'],
  PG_OTEL_BRIDGE_TOKEN: ['none', 'the bearer token of the bridge, if it has one'],
  TRACES_ENDPOINT: ['127.0.0.1:14317', 'Jaeger, Tempo or another store of traces (OTLP over gRPC)'],
  TRACES_INSECURE: ['true', 'false: use TLS'],
  GATEWAY_ENDPOINT: ['127.0.0.1:24317', 'the gateway (OTLP over gRPC)'],
  GATEWAY_INSECURE: ['true', 'false: use TLS'],
} as const;

export type Setting = keyof typeof SETTINGS;

export const setting = (name: Setting) => `\${env:${name}:-${SETTINGS[name][0]}}`;
export const listening = (port: Setting) => `${setting('OTELCOL_LISTEN_HOST')}:${setting(port)}`;

/** A table of the settings that a configuration uses. */
export function describedSettings(yaml: string): string {
  return (Object.keys(SETTINGS) as Setting[])
    .filter((name) => yaml.includes(setting(name)))
    .map((name) => `  ${name.padEnd(28)}${SETTINGS[name][0].padEnd(23)}${SETTINGS[name][1]}`)
    .join('\n');
}
