import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { duration } from '../rules/text';
import { TIMES } from '../rules/times';
import { metricName } from './promql';

/**
 * Metrics in seconds. The collector and the OTLP receiver of Prometheus append the unit to the name, but the Prometheus
 * exporter of the SDK does not. A test compares these lists with docs/reference/telemetry.md.
 */
const IN_SECONDS = [
  'db.client.operation.duration',
  'db.client.connection.create_time',
  'db.client.connection.wait_time',
  'db.client.connection.use_time',
  'pg_otel.connection.setup.duration',
  'pg_otel.connection.health_check.duration',
  'pg_otel.connection.recovery.duration',
  'pg_otel.connection.pending.oldest',
  'pg_otel.connection.use.oldest',
];
const RATIOS = ['pg_otel.connection.utilization'];

const COMMON = `global:
  scrape_interval: ${duration(TIMES.scrape)}
  evaluation_interval: ${duration(TIMES.scrape)}
rule_files:
  - rules.yaml
alerting:
  alertmanagers:
    - static_configs:
        - targets:
            - 127.0.0.1:9093
`;

/** A job that scrapes one address. */
const job = (name: string, address: string, settings = '') => `  - job_name: ${name}
${settings}    static_configs:
      - targets:
          - ${address}
`;

/** Returns `prometheus/prometheus.yaml`, a complete configuration for one host with default ports. */
export function serverConfig(): string {
  // `job` and `instance` are those of the application, not of the collector that exports its metrics.
  const applications = `    honor_labels: true\n    scrape_interval: ${duration(TIMES.scrapeApplications)}\n`;
  return `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
#
# A complete configuration for one host. If you already run Prometheus, copy rule_files and scrape_configs.
${COMMON}scrape_configs:
${job('pg-otel-applications', '127.0.0.1:8889', applications)}${job('otel-collector', '127.0.0.1:8888')}${job('pg-otel-alert-bridge', '127.0.0.1:4319')}${job('alertmanager', '127.0.0.1:9093')}`;
}

/** Returns `prometheus/without-collector.yaml`. */
export function directConfig(): string {
  return `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
#
# Prometheus without a collector. rules.yaml and the dashboards read the names and labels that this file sets. Copy
# \`otlp\` if applications push, and scrape_configs if Prometheus scrapes them.

${COMMON}# Applications push to http://<prometheus>:9090/api/v1/otlp/v1/metrics (OTEL_EXPORTER_OTLP_METRICS_ENDPOINT).
# Start Prometheus (3.0 or later) with --web.enable-otlp-receiver.
otlp:
  # Other strategies keep dots in names or omit units.
  translation_strategy: UnderscoreEscapingWithSuffixes
  promote_resource_attributes:
${SERVICE.map((label) => `    - ${LABEL_SOURCES[label].attribute}\n`).join('')}# Applications with the SDK's Prometheus exporter (OTEL_METRICS_EXPORTER=prometheus). Set service_name and
# deployment_environment_name here or by service discovery. Without service_name, \`job\` becomes service_name.
scrape_configs:
  - job_name: shop
    # Keeps labels that an application sets (\`withResourceConstantLabels\` of the exporter).
    honor_labels: true
    scrape_interval: ${duration(TIMES.scrapeApplications)}
    static_configs:
      - targets:
          - 127.0.0.1:9464
        labels:
          service_name: shop
          deployment_environment_name: production
    relabel_configs:
      - source_labels:
          - service_name
          - job
        regex: ;(.+)
        target_label: service_name
    metric_relabel_configs:
${withUnit(IN_SECONDS, 'seconds')}${withUnit(RATIOS, 'ratio')}${job('alertmanager', '127.0.0.1:9093')}`;
}

function withUnit(metrics: readonly string[], unit: string): string {
  return `      - source_labels:
          - __name__
        regex: (${metrics.map((name) => metricName(name, '')).join('|')})(|_bucket|_count|_sum)
        target_label: __name__
        replacement: \${1}_${unit}\${2}
`;
}
