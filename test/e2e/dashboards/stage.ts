import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import {
  type Prometheus,
  type PrometheusVersion,
  repository,
  startCollector,
  startPostgres,
  startPrometheus,
} from '@pg-otel/testkit';

/** An application with the one line, a collector, and the Prometheus servers that read it. */
export interface Stage {
  readonly prometheus: readonly Prometheus[];
  /** @throws when the application does not run any more */
  check(): void;
  stop(): Promise<void>;
}

const SCRAPE_SECONDS = 1;

export async function startStage(versions: readonly PrometheusVersion[]): Promise<Stage> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const using = async <T extends { stop(): Promise<unknown> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    return started;
  };
  try {
    const postgres = await using(startPostgres({ database: 'shop' }));
    const { url: standIn, ...page } = await startStandIn();
    await using(Promise.resolve(page));
    const collector = await using(
      startCollector({
        configs: [{ file: path.join(__dirname, 'collector.yaml') }],
        ports: ['otlp', 'prometheus', 'metrics'],
        env: ({ ports }) => ({
          OTLP_PORT: String(ports.otlp),
          PROMETHEUS_PORT: String(ports.prometheus),
          METRICS_PORT: String(ports.metrics),
          SILENT_URL: `${standIn}/silent`,
        }),
      }),
    );
    const otlp = `http://127.0.0.1:${collector.ports.otlp}`;
    const application = startApplication({ ...postgres.env, OTEL_EXPORTER_OTLP_ENDPOINT: otlp });
    stops.push(application.stop);
    const prometheus: Prometheus[] = [];
    for (const version of versions) {
      const targets = [`127.0.0.1:${collector.ports.prometheus}`, `127.0.0.1:${collector.ports.metrics}`];
      prometheus.push(
        await using(
          startPrometheus({
            version,
            config: { text: prometheusConfig([...targets, new URL(standIn).host]) },
            files: { 'rules.yml': FIRING_RULE },
          }),
        ),
      );
    }
    return { prometheus, check: application.check, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One that fires at once. */
const FIRING_RULE = `
groups:
  - name: firing
    rules:
      - alert: PostgresPoolUtilization
        expr: max by (service_name) (pg_otel_connection_utilization_ratio) >= 0
        labels: {severity: warning}
`;

const prometheusConfig = (targets: readonly string[]) => `
global: {scrape_interval: ${SCRAPE_SECONDS}s, evaluation_interval: ${SCRAPE_SECONDS}s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: pipeline
    honor_labels: true
    static_configs: [{targets: ${JSON.stringify(targets)}}]
`;

function startApplication(env: Readonly<Record<string, string>>): { check(): void; stop(): Promise<void> } {
  const application = spawn(
    process.execPath,
    ['--require', 'pg-otel/register', path.join(__dirname, 'application.cjs')],
    {
      cwd: repository,
      env: {
        ...{ PATH: process.env['PATH'], ...env },
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_METRIC_EXPORT_TIMEOUT: '900',
        // More often than the silent destination gives up on one: its queue is full.
        OTEL_BSP_SCHEDULE_DELAY: '300',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const isRunning = () => application.exitCode === null && application.signalCode === null;
  return {
    check() {
      if (!isRunning()) throw new Error(`The application ended with ${application.exitCode}`);
    },
    async stop() {
      if (!isRunning()) return;
      application.kill('SIGKILL');
      await once(application, 'exit');
    },
  };
}

/** The bridge's page of metrics, and a destination that takes requests and never answers. */
async function startStandIn(): Promise<{ url: string; stop(): Promise<void> }> {
  let reads = 0;
  const server = http.createServer((request, response) => {
    if (request.url !== '/metrics') return;
    reads++;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(
      [
        `pg_otel_bridge_alerts_forwarded_total ${reads * 2}`,
        `pg_otel_bridge_undelivered_total ${reads}`,
        `pg_otel_bridge_unauthorized_total ${reads}`,
        `pg_otel_bridge_incomplete_total ${reads}`,
        `pg_otel_bridge_rejected_total{reason="no_rule"} ${reads}`,
        `pg_otel_bridge_deliveries_total{destination="alertmanager",outcome="accepted"} ${reads * 2}`,
        '',
      ].join('\n'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
