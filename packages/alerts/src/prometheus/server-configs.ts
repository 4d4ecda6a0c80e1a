import { Document, stringify, type YAMLMap } from 'yaml';
import { LABEL_SOURCES, SERVICE } from '../rules/labels';
import { TIMES } from '../rules/times';
import { duration } from './promql';

/**
 * Metrics whose unit the collector and Prometheus' OTLP receiver append to the name, and the SDK's own Prometheus
 * exporter does not. A test compares them with docs/reference/telemetry.md.
 */
const IN_SECONDS = [
  'db.client.operation.duration',
  'db.client.connection.create_time',
  'db.client.connection.wait_time',
  'db.client.connection.use_time',
  'pg_otel.connection.setup.duration',
  'pg_otel.connection.pending.oldest',
  'pg_otel.connection.use.oldest',
];
const RATIOS = ['pg_otel.connection.utilization'];

const HEAD = ` Generated from thresholds.yaml by \`pg-otel alerts build\`.

 Prometheus without a collector. rules.yaml and the dashboards read the names and labels that this file sets. Copy
 \`otlp\` for applications that push, the scrape configuration for applications that are scraped.`;

const OTLP = ` Applications push to http://<prometheus>:9090/api/v1/otlp/v1/metrics (OTEL_EXPORTER_OTLP_METRICS_ENDPOINT).
 Start Prometheus (3.0 or later) with --web.enable-otlp-receiver.`;

const SCRAPED = ` Applications with the SDK's Prometheus exporter (OTEL_METRICS_EXPORTER=prometheus). Name service and environment
 here, or by service discovery; without service_name, \`job\` is the service.`;

const target = (address: string, labels?: object) => [{ targets: [address], ...(labels && { labels }) }];
const job = (name: string, address: string) => ({ job_name: name, static_configs: target(address) });

const COMMON = {
  global: { scrape_interval: duration(TIMES.scrape), evaluation_interval: duration(TIMES.scrape) },
  rule_files: ['rules.yaml'],
  alerting: { alertmanagers: [{ static_configs: target('127.0.0.1:9093') }] },
};
const APPLICATIONS = {
  // `job` and `instance` are those of the application, not of the collector that exports its metrics.
  honor_labels: true,
  scrape_interval: duration(TIMES.scrapeApplications),
};

/** `prometheus/prometheus.yaml`: ready for one host, with the ports that everything listens on by default. */
export function serverConfig(): string {
  const content = {
    ...COMMON,
    scrape_configs: [
      { job_name: 'pg-otel-applications', ...APPLICATIONS, static_configs: target('127.0.0.1:8889') },
      job('otel-collector', '127.0.0.1:8888'),
      job('pg-otel-alert-bridge', '127.0.0.1:4319'),
      job('alertmanager', '127.0.0.1:9093'),
    ],
  };
  return `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
#
# Enough for one host. If you have a Prometheus already, copy rule_files and the scrape configurations to it.
${stringify(content, { lineWidth: 0 })}`;
}

/** `prometheus/without-collector.yaml` */
export function directConfig(): string {
  const document = new Document({
    ...COMMON,
    otlp: {
      // UTF-8 names (NoTranslation) and names without units are other names.
      translation_strategy: 'UnderscoreEscapingWithSuffixes',
      promote_resource_attributes: SERVICE.map((label) => LABEL_SOURCES[label].attribute),
    },
    scrape_configs: [
      {
        job_name: 'shop',
        // Also for labels that an application sets (`withResourceConstantLabels` of the exporter).
        ...APPLICATIONS,
        static_configs: target('127.0.0.1:9464', {
          service_name: 'shop',
          deployment_environment_name: 'production',
        }),
        relabel_configs: [
          { source_labels: ['service_name', 'job'], regex: ';(.+)', target_label: 'service_name' },
        ],
        metric_relabel_configs: [renamed(IN_SECONDS, 'seconds'), renamed(RATIOS, 'ratio')],
      },
      job('alertmanager', '127.0.0.1:9093'),
    ],
  });
  document.commentBefore = HEAD;
  comment(document.contents as YAMLMap, 'otlp', OTLP);
  comment(document.contents as YAMLMap, 'scrape_configs', SCRAPED);
  return document.toString({ lineWidth: 0 });
}

function renamed(metrics: readonly string[], unit: string): object {
  const names = metrics.map((name) => name.replaceAll('.', '_')).join('|');
  return {
    source_labels: ['__name__'],
    regex: `(${names})(|_bucket|_count|_sum)`,
    target_label: '__name__',
    replacement: `\${1}_${unit}\${2}`,
  };
}

function comment(map: YAMLMap, name: string, text: string): void {
  const key = map.items.find((pair) => String(pair.key) === name)?.key as { commentBefore?: string };
  key.commentBefore = text;
}
