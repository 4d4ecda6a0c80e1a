import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { compile, parseThresholds } from '@pg-otel/alerts';
import { pollUntil, promtool, startCollector } from '@pg-otel/testkit';
import { parse, stringify } from 'yaml';
import { canonical, expectedOf } from '../../packages/alerts/test/recorded/expected';
import { attributesOf, type LogsPayload } from '../../packages/alerts/test/recorded/otlp';
import { RECORDED_SECONDS, recording, STEP_SECONDS } from '../../packages/alerts/test/recorded/recording';
import { replayed } from '../../packages/alerts/test/recorded/replay';
import { type Scrapes, scrapedSeries } from '../../packages/alerts/test/recorded/scrapes';
import { RECORDED_THRESHOLDS } from '../../packages/alerts/test/recorded/thresholds';
import { describeWith, using } from './stage';

const { files } = compile(parseThresholds(RECORDED_THRESHOLDS), 'single');
const steps = recording(Math.floor(Date.now() / 1000) * 1000);

function compiled(name: string): string {
  const file = files.find(({ path }) => path === name);
  if (file === undefined) throw new Error(`No ${name} among ${files.map(({ path }) => path).join(', ')}`);
  return file.content;
}

it('the evaluator raises the alerts of the table', () => {
  const start = Date.now();
  const alerts = replayed(RECORDED_THRESHOLDS, recording(start), start);
  expect(alerts.map(({ labels }) => canonical(labels)).sort()).toEqual(expectedOf('evaluator'));
});

describeWith(
  'collector',
  'prometheus-2',
  'prometheus-3',
)('the same recording', () => {
  it('makes collector and Prometheus raise the alerts of the table', async () => {
    const bridge = await using(startBridgeStandIn());
    const collector = await using(
      startCollector({
        configs: [{ text: compiled('single/collector.yaml') }],
        ports: ['grpc', 'otlp', 'prometheus', 'metrics', 'health', 'traces'],
        env: ({ ports, folder }) => ({
          OTELCOL_OTLP_GRPC_PORT: String(ports.grpc),
          OTELCOL_OTLP_HTTP_PORT: String(ports.otlp),
          OTELCOL_PROMETHEUS_PORT: String(ports.prometheus),
          OTELCOL_METRICS_PORT: String(ports.metrics),
          OTELCOL_HEALTH_PORT: String(ports.health),
          OTELCOL_STATE_DIR: `${folder}/state`,
          PG_OTEL_BRIDGE_ENDPOINT: bridge.url,
          TRACES_ENDPOINT: `127.0.0.1:${ports.traces}`,
        }),
      }),
    );
    const send = async (signal: 'logs' | 'metrics', payload: unknown) => {
      const response = await collector.fetch(`http://127.0.0.1:${collector.ports.otlp}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      });
      expect(response.status).toBe(200);
    };
    // Without waiting: promtool gets the time of each scrape below.
    const scrapes: Scrapes = [];
    for (const { logs, metrics } of steps) {
      if (logs !== undefined) await send('logs', logs);
      await send('metrics', metrics);
      const scraped = await collector.fetch(`http://127.0.0.1:${collector.ports.prometheus}/metrics`);
      scrapes.push(await scraped.text());
    }

    await pollUntil(async () => bridge.alerts().length >= expectedOf('collector').length);
    expect(bridge.alerts().sort()).toEqual(expectedOf('collector'));

    for (const version of ['2', '3'] as const) {
      expect([version, prometheusAlerts(version, scrapes)]).toEqual([version, expectedOf('prometheus')]);
    }
  });
});

interface BridgeStandIn {
  readonly url: string;
  alerts(): string[];
  stop(): Promise<void>;
}

/** Collects the labels of the alerts that the collector sends to the bridge, each once: a later event updates its alert. */
async function startBridgeStandIn(): Promise<BridgeStandIn> {
  const alerts = new Set<string>();
  const server = http.createServer(async (request, response) => {
    const { resourceLogs } = JSON.parse(await text(request)) as LogsPayload;
    for (const { logRecords } of resourceLogs.flatMap(({ scopeLogs }) => scopeLogs)) {
      for (const record of logRecords) {
        const { 'pg_otel.alert.rule': alertname, ...rest } = attributesOf(record.attributes);
        const labels = Object.entries(rest).flatMap(([name, value]) => {
          const label = /^pg_otel\.alert\.label\.(.*)$/.exec(name)?.[1];
          return label === undefined || label === 'signal' ? [] : [[label, String(value)] as const];
        });
        alerts.add(canonical({ alertname: String(alertname), ...Object.fromEntries(labels) }));
      }
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alerts: () => [...alerts],
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/**
 * The alerts that fire at any time when Prometheus' engine evaluates the compiled rules over the scrapes. `promtool test
 * rules` simulates the time, so minutes take milliseconds. The test expects no alert, so that promtool's message lists
 * those that fire.
 */
function prometheusAlerts(version: '2' | '3', scrapes: Scrapes): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-agreement-'));
  try {
    fs.writeFileSync(path.join(folder, 'rules.yaml'), compiled('prometheus/rules.yaml'));
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '5s',
      tests: [
        {
          interval: `${STEP_SECONDS}s`,
          input_series: scrapedSeries(scrapes, version),
          promql_expr_test: [
            {
              expr: `count without (alertstate, signal) (last_over_time(ALERTS{alertstate="firing"}[${RECORDED_SECONDS}s])) * 0 + 1`,
              eval_time: `${RECORDED_SECONDS}s`,
              exp_samples: [],
            },
          ],
        },
      ],
    };
    fs.writeFileSync(path.join(folder, 'test.yaml'), stringify(test));
    const { output } = promtool(version, ['test', 'rules', 'test.yaml'], { cwd: folder });
    const got = /got:\[?(.*)/.exec(output)?.[1];
    if (got === undefined) throw new Error(output);
    return [...got.matchAll(/\{(.*?)\} 1E\+00/g)]
      .map(([, labels]) => canonical(parsedLabels(labels as string)))
      .sort();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function parsedLabels(labels: string): Record<string, string> {
  return Object.fromEntries(
    [...labels.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)].map(([, name, value]) => [
      name as string,
      parse(value as string) as string,
    ]),
  );
}
