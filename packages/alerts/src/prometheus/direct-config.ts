import { Document, type YAMLMap } from 'yaml';
import { LABEL_SOURCES, SERVICE } from '../rules/labels';

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

 Prometheus without a collector. rules.yaml and the dashboards read the names and labels that this file makes: take
 over \`otlp\` for applications that push, the scrape configuration for applications that are scraped.`;

const OTLP = ` Applications push to http://<prometheus>:9090/api/v1/otlp/v1/metrics (OTEL_EXPORTER_OTLP_METRICS_ENDPOINT).
 Start Prometheus (3.0 or later) with --web.enable-otlp-receiver.`;

const SCRAPED = ` Applications with the SDK's Prometheus exporter (OTEL_METRICS_EXPORTER=prometheus). Name service and environment
 here, or by service discovery; without service_name, \`job\` is the service.`;

/** `prometheus/without-collector.yaml` */
export function directConfig(): string {
  const target = (address: string, labels?: object) => [{ targets: [address], ...(labels && { labels }) }];
  const document = new Document({
    global: { scrape_interval: '10s', evaluation_interval: '10s' },
    rule_files: ['rules.yaml'],
    alerting: { alertmanagers: [{ static_configs: target('127.0.0.1:9093') }] },
    otlp: {
      // UTF-8 names (NoTranslation) and names without units are other names.
      translation_strategy: 'UnderscoreEscapingWithSuffixes',
      promote_resource_attributes: SERVICE.map((label) => LABEL_SOURCES[label].attribute),
    },
    scrape_configs: [
      {
        job_name: 'shop',
        // What an application says of itself counts (`withResourceConstantLabels` of the exporter).
        honor_labels: true,
        scrape_interval: '5s',
        static_configs: target('127.0.0.1:9464', {
          service_name: 'shop',
          deployment_environment_name: 'production',
        }),
        relabel_configs: [
          { source_labels: ['service_name', 'job'], regex: ';(.+)', target_label: 'service_name' },
        ],
        metric_relabel_configs: [renamed(IN_SECONDS, 'seconds'), renamed(RATIOS, 'ratio')],
      },
      { job_name: 'alertmanager', static_configs: target('127.0.0.1:9093') },
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
