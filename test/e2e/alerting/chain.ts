import path from 'node:path';
import {
  type Alertmanager,
  freePort,
  type Notification,
  type PostgresServer,
  type Prometheus,
  type PrometheusVersion,
  type RunningFixture,
  repository,
  type ServerProcess,
  startAlertmanager,
  startFixture,
  startPostgres,
  startPrometheus,
  startServerProcess,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@pg-otel/testkit';
import { compileAlertmanager } from '../../../packages/alerts/src/alertmanager';
import { compilePrometheus } from '../../../packages/alerts/src/prometheus';
import type { Compiled } from '../../../packages/alerts/src/rules/compiled';
import { parseThresholds } from '../../../packages/alerts/src/thresholds/parse';
import { type ProfileCollector, SHIPPED, startProfile } from '../collector/profile';
import { using } from '../stage';

/** All of it: an application, collector, bridge, Alertmanager and whoever is told; Prometheus where it is asked for. */
export interface Chain {
  readonly postgres: PostgresServer;
  readonly collector: ProfileCollector;
  readonly bridge: ServerProcess<'otlp'>;
  readonly alertmanager: Alertmanager;
  readonly prometheus: Prometheus;
  readonly receiver: WebhookReceiver;
  /**
   * Starts an application with the one line, `body` in an async function with `pg`, `sleep` and `say` (a line of JSON);
   * what it said is in the order of `said`.
   */
  run(body: string, options?: ApplicationOptions): Application;
  /** What a receiver was notified of: those alerts, oldest first. */
  toldTo(receiver: 'pager' | 'chat', of?: Readonly<Record<string, string>>): readonly Told[];
  /** Resolves with the first of these, when the receiver is told. @throws when it is not in time */
  waitFor(
    receiver: 'pager' | 'chat',
    of: Readonly<Record<string, string>>,
    options?: { readonly status?: Told['status']; readonly timeoutMillis?: number },
  ): Promise<Told>;
}

interface Told {
  readonly status: 'firing' | 'resolved';
  /** When the receiver had it; milliseconds since 1970. */
  readonly receivedAt: number;
  readonly startsAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Application extends RunningFixture {
  stop(): Promise<void>;
}

interface ApplicationOptions {
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChainOptions {
  /** Of what is shipped; `[from, to]` texts. */
  readonly changes?: readonly (readonly [string, string])[];
  readonly prometheus?: PrometheusVersion;
  /** Seconds that an alert stays when it is not told again; the bridge's default is 180. */
  readonly holdSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of Postgres. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Starts it; everything ends with the test. */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const receiver = await using(startWebhookReceiver());
  const thresholds = thresholdsFor(receiver, options.changes ?? []);
  const parsed = parseThresholds(thresholds);
  const postgres = await using(startPostgres({ database: 'shop', settings: options.settings ?? {} }));
  const alertmanager = await using(
    startAlertmanager({ config: { text: textOf(compileAlertmanager(parsed), 'alertmanager.yaml') } }),
  );
  const bridge = await using(startBridge(alertmanager, options.holdSeconds ?? 180));
  const collector = await using(
    startProfile({
      profile: 'single',
      thresholds,
      env: { PG_OTEL_BRIDGE_ENDPOINT: `http://127.0.0.1:${bridge.ports.otlp}`, ...options.env },
    }),
  );
  const prometheus =
    options.prometheus === undefined
      ? (undefined as unknown as Prometheus)
      : await using(startPrometheusOf(options.prometheus, parsed, collector, bridge, alertmanager));

  const toldTo: Chain['toldTo'] = (name, of = {}) =>
    receiver.notifications.filter(({ path: to }) => to === `/${name}`).flatMap((one) => toldBy(one, of));

  return {
    ...{ postgres, collector, bridge, alertmanager, prometheus, receiver, toldTo },
    run: (body, application) => startApplication(body, postgres, collector, application),
    async waitFor(name, of, { status = 'firing', timeoutMillis = 20_000 } = {}) {
      const isIt = (told: Told) => told.status === status;
      const notification = await receiver.waitFor(
        (one) => one.path === `/${name}` && toldBy(one, of).some(isIt),
        timeoutMillis,
      );
      return toldBy(notification, of).find(isIt) as Told;
    },
  };
}

function thresholdsFor({ url }: WebhookReceiver, changes: readonly (readonly [string, string])[]): string {
  const all = [['http://127.0.0.1:9099', url] as const, ...changes];
  return all.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`The shipped thresholds do not hold ${from}`);
    return text.replaceAll(from, to);
  }, SHIPPED);
}

function textOf({ files }: Compiled, name: string): string {
  const found = files.find((file) => path.basename(file.path) === name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found.content;
}

/** The command that users start. */
async function startBridge({ url }: Alertmanager, holdSeconds: number) {
  return startServerProcess({
    name: 'bridge',
    program: process.execPath,
    ports: ['otlp'],
    args: ({ ports }) => [
      path.join(repository, 'packages/pg-otel/dist/cli/main.js'),
      ...['alerts', 'bridge', '--alertmanager', url],
      ...['--listen', `127.0.0.1:${ports.otlp}`, '--hold', `${holdSeconds}`],
    ],
    isReady: async ({ ports }) => (await fetch(`http://127.0.0.1:${ports.otlp}/-/healthy`)).ok,
  });
}

function startPrometheusOf(
  version: PrometheusVersion,
  thresholds: ReturnType<typeof parseThresholds>,
  collector: ProfileCollector,
  bridge: ServerProcess<'otlp'>,
  alertmanager: Alertmanager,
): Promise<Prometheus> {
  const compiled = compilePrometheus(thresholds);
  const moved: Readonly<Record<string, number>> = {
    8889: collector.ports.prometheus,
    8888: collector.ports.metrics,
    4319: bridge.ports.otlp,
    9093: Number(new URL(alertmanager.url).port),
  };
  // The shipped configuration, at the ports of this test.
  const config = textOf(compiled, 'prometheus.yaml').replace(
    /127\.0\.0\.1:(\d+)/g,
    (_, port: string) => `127.0.0.1:${moved[port]}`,
  );
  return startPrometheus({
    version,
    config: { text: config },
    files: { 'rules.yaml': textOf(compiled, 'rules.yaml') },
  });
}

function startApplication(
  body: string,
  postgres: PostgresServer,
  collector: ProfileCollector,
  { env = {} }: ApplicationOptions = {},
): Application {
  const application = startFixture({
    line: 'otel-2',
    type: 'commonjs',
    nodeArgs: ['--require', 'pg-otel/register'],
    timeoutMillis: 280_000,
    env: {
      ...postgres.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.ports.http}`,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      ...env,
    },
    source: `
      const pg = require('pg');
      const { trace } = require('@opentelemetry/api');
      const { setTimeout: sleep } = require('node:timers/promises');
      const say = (what) => console.log(JSON.stringify({ at: Date.now(), ...what }));
      async function main() {${body}}
      main().catch((error) => { console.error(error); process.exitCode = 1; });`,
  });
  const handle: Application = {
    ...application,
    async stop() {
      application.kill('SIGKILL');
      await application.ended.catch(() => undefined);
    },
  };
  void using(Promise.resolve(handle));
  return handle;
}

/** The lines of `say` of an application that has ended. */
export async function saidBy(application: Application): Promise<Record<string, unknown>[]> {
  const { stdout, stderr, code } = await application.ended;
  if (code !== 0) throw new Error(`The application ended with ${code}:\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function toldBy({ receivedAt, body }: Notification, of: Readonly<Record<string, string>>): readonly Told[] {
  return body.alerts
    .filter(({ labels }) => Object.entries(of).every(([name, value]) => labels[name] === value))
    .map(({ status, startsAt, labels, annotations }) => ({
      ...{ status, receivedAt, labels, annotations },
      startsAt: new Date(startsAt),
    }));
}

/** A port that nobody listens on. */
export const closedPort = freePort;
