/**
 * Rules and dashboards fit applications whose metrics reach a Prometheus 3 without any collector: one that is scraped
 * (the SDK's own Prometheus exporter) and one that pushes (Prometheus' OTLP receiver).
 */

import { compile, parseThresholds } from '@pg-otel/alerts';
import {
  freePort,
  type PostgresServer,
  type Prometheus,
  pollUntil,
  startPostgres,
  startPrometheus,
  startReportingApplication,
} from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import {
  dashboardQueries,
  dashboards,
  panelsOf,
  withoutVariables,
} from '../../packages/alerts/test/dashboards.reference';
import { SHIPPED } from './collector/profile';
import { describeWith, using } from './stage';

const thresholds = parseThresholds(SHIPPED.replaceAll('for: 20s', 'for: 5s'));
const direct = compile(thresholds, 'prometheus');
const compiled = (name: string) =>
  direct.files.find(({ path }) => path === `prometheus/${name}`)?.content ?? '';
const boards = dashboards(direct).filter(({ uid }) => uid !== 'pg-otel-alerts');

/** One of its pools is full, and it goes on with another. */
const APPLICATION = `
  const pool = new pg.Pool({ max: 2 });
  await Promise.all([pool.connect(), pool.connect()]);
  const other = new pg.Pool({ max: 20 });
  for (;;) {
    await other.query('SELECT 1');
    const client = new pg.Client();
    await client.connect();
    await client.end();
    await sleep(100);
  }`;

describeWith('prometheus-3')('a Prometheus without a collector', () => {
  it('alerts and fills the dashboards, whether applications are scraped or push', async () => {
    const postgres = await using(startPostgres({ database: 'shop' }));
    const port = await freePort();
    const prometheus = await using(
      startPrometheus({
        version: '3',
        config: { text: configAt(port) },
        files: { 'rules.yaml': compiled('rules.yaml') },
        flags: ['--web.enable-otlp-receiver'],
      }),
    );
    startApplication(postgres, {
      OTEL_SERVICE_NAME: 'called otherwise here',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    });
    startApplication(postgres, {
      OTEL_SERVICE_NAME: 'pushing',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${prometheus.url}/api/v1/otlp/v1/metrics`,
    });
    const both = ['pushing', 'scraped'].map((service) => ({
      alertname: 'PostgresPoolUtilization',
      severity: 'critical',
      signal: 'metrics',
      service_name: service,
      deployment_environment_name: 'test',
      server_address: '127.0.0.1',
      db_namespace: 'shop',
      pool: 'shop',
    }));
    const firing = async () =>
      (await prometheus.alerts())
        .filter(({ state, labels }) => state === 'firing' && labels['severity'] === 'critical')
        .map(({ labels }) => labels)
        .sort((one, other) => ((one['service_name'] ?? '') < (other['service_name'] ?? '') ? -1 : 1));
    await pollUntil(async () => (await firing()).length >= both.length, 120_000);
    expect(await firing()).toEqual(both);
    expect(await prometheus.query('sum(prometheus_rule_evaluation_failures_total)')).toEqual([]);

    let missing = dashboardQueries(boards).map(({ dashboard, panel, expr }) => ({
      panel,
      query: withoutVariables(expr, { window: '30s', shown: '1m' }),
      mayBeEmpty: isGoodWhenEmpty(dashboard, panel),
    }));
    await pollUntil(async () => {
      const shown = await Promise.all(
        missing.map(async ({ query, mayBeEmpty }) => (await showsBoth(prometheus, query)) || mayBeEmpty),
      );
      missing = missing.filter((_, index) => !shown[index]);
      return missing.length === 0;
    }, 60_000).catch(() => undefined);
    expect(missing).toEqual([]);
  });
});

function startApplication(postgres: PostgresServer, env: Readonly<Record<string, string>>): void {
  const application = startReportingApplication({
    body: APPLICATION,
    postgres,
    // Nobody: only metrics leave.
    collector: { ports: { http: 9 } },
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...env },
  });
  const stop = async () => {
    application.kill('SIGKILL');
    await application.ended.catch(() => undefined);
  };
  void using(Promise.resolve({ stop }));
}

function configAt(port: number): string {
  const config = parse(compiled('without-collector.yaml'));
  const [application] = config.scrape_configs;
  const labels = { service_name: 'scraped', deployment_environment_name: 'test' };
  const static_configs = [{ targets: [`127.0.0.1:${port}`], labels }];
  return stringify({
    ...config,
    alerting: {},
    scrape_configs: [{ ...application, scrape_interval: '1s', static_configs }],
  });
}

/** Where nothing is the good case, and rows and health, which these applications have none of. */
function isGoodWhenEmpty(dashboard: string, title: string): boolean {
  const panel = boards
    .filter(({ uid }) => uid === dashboard)
    .flatMap(panelsOf)
    .find((each) => each.title === title);
  return panel?.fieldConfig?.defaults.noValue !== undefined;
}

/** Everything that distinguishes services shows both. */
async function showsBoth(prometheus: Prometheus, query: string): Promise<boolean> {
  const samples = await prometheus.query(query);
  const services = new Set(samples.flatMap(({ labels }) => labels['service_name'] ?? []));
  return samples.length > 0 && (services.size === 0 || services.size === 2);
}
