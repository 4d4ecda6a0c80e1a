import { stringify } from 'yaml';

const HEAD = `# Generated from thresholds.yaml by \`pg-otel alerts build\`.
#
# Enough for one host. In a Prometheus of your own take rule_files and the scrape configurations over.
`;

/** `prometheus/prometheus.yaml`: ready for one host, with the ports that everything listens on by default. */
export function serverConfig(): string {
  const target = (address: string) => [{ targets: [address] }];
  return (
    HEAD +
    stringify(
      {
        global: { scrape_interval: '10s', evaluation_interval: '10s' },
        rule_files: ['rules.yaml'],
        alerting: { alertmanagers: [{ static_configs: target('127.0.0.1:9093') }] },
        scrape_configs: [
          // `job` and `instance` are those of the application, not of the collector that tells of it.
          {
            job_name: 'pg-otel-applications',
            honor_labels: true,
            scrape_interval: '5s',
            static_configs: target('127.0.0.1:8889'),
          },
          { job_name: 'otel-collector', static_configs: target('127.0.0.1:8888') },
          { job_name: 'pg-otel-alert-bridge', static_configs: target('127.0.0.1:4319') },
          { job_name: 'alertmanager', static_configs: target('127.0.0.1:9093') },
        ],
      },
      { lineWidth: 0 },
    )
  );
}
