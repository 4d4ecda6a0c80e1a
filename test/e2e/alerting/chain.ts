import path from 'node:path';
import { type Compiled, compile, parseThresholds } from '@pg-otel/alerts';
import {
  type Alertmanager,
  freePort,
  type Notification,
  type PostgresServer,
  type ProfileCollector,
  type Prometheus,
  type PrometheusVersion,
  prometheusConfigAt,
  type RunningFixture,
  type ServerProcess,
  startAlertBridge,
  startAlertmanager,
  startPostgres,
  startPrometheus,
  startReportingApplication,
  startWebhookReceiver,
  type WebhookReceiver,
} from '@pg-otel/testkit';
import { SHIPPED, startProfile } from '../collector/profile';
import { using } from '../stage';

/** Application, collector, bridge, Alertmanager and a webhook receiver; Prometheus if asked for. */
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
  notificationsTo(
    receiver: 'pager' | 'chat',
    of?: Readonly<Record<string, string>>,
  ): readonly NotifiedAlert[];
  /** Resolves with the first of these alerts when the receiver is notified. @throws when it is not in time */
  waitFor(
    receiver: 'pager' | 'chat',
    of: Readonly<Record<string, string>>,
    options?: { readonly status?: NotifiedAlert['status']; readonly timeoutMillis?: number },
  ): Promise<NotifiedAlert>;
}

interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  /** When the receiver had it; milliseconds since 1970. */
  readonly receivedAt: number;
  readonly startsAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Application extends RunningFixture {
  stop(): Promise<void>;
}

interface ApplicationOptions {
  readonly env?: Readonly<Record<string, string>>;
}

export interface ChainOptions {
  /** Of what is shipped; `[from, to]` texts. */
  readonly changes?: readonly (readonly [string, string])[];
  /** `agent`: with a gateway behind it, which gets the traces and metrics. Default `single`. */
  readonly profile?: 'single' | 'agent';
  readonly prometheus?: PrometheusVersion;
  /** Seconds that an alert stays active when it is not repeated; the bridge's default is 180. */
  readonly holdSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of Postgres. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** Starts it; everything ends with the test. */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const receiver = await using(startWebhookReceiver());
  const thresholds = thresholdsFor(receiver, options.changes ?? []);
  const compiled = compile(parseThresholds(thresholds), 'single');
  const postgres = await using(startPostgres({ database: 'shop', settings: options.settings ?? {} }));
  const alertmanager = await using(
    startAlertmanager({ config: { text: textOf(compiled, 'alertmanager.yaml') } }),
  );
  const bridge = await using(
    startAlertBridge({ alertmanager: alertmanager.url, holdSeconds: options.holdSeconds ?? 180 }),
  );
  const profile = options.profile ?? 'single';
  const gateway =
    profile === 'agent'
      ? await using(startProfile({ profile: 'gateway', thresholds, env: options.env ?? {} }))
      : undefined;
  const collector = await using(
    startProfile({
      profile,
      thresholds,
      env: {
        PG_OTEL_BRIDGE_ENDPOINT: `http://127.0.0.1:${bridge.ports.otlp}`,
        ...(gateway && { GATEWAY_ENDPOINT: `127.0.0.1:${gateway.ports.grpc}` }),
        ...options.env,
      },
    }),
  );
  const prometheus =
    options.prometheus === undefined
      ? (undefined as unknown as Prometheus)
      : await using(
          startPrometheusOf(options.prometheus, compiled, gateway ?? collector, bridge, alertmanager),
        );

  const notificationsTo: Chain['notificationsTo'] = (name, of = {}) =>
    receiver.notifications.filter(({ path: to }) => to === `/${name}`).flatMap((one) => alertsOf(one, of));

  return {
    ...{ postgres, collector, bridge, alertmanager, prometheus, receiver, notificationsTo },
    run: (body, application) => startApplication(body, postgres, collector, application),
    async waitFor(name, of, { status = 'firing', timeoutMillis = 20_000 } = {}) {
      const isIt = (alert: NotifiedAlert) => alert.status === status;
      const notification = await receiver.waitFor(
        (one) => one.path === `/${name}` && alertsOf(one, of).some(isIt),
        timeoutMillis,
      );
      return alertsOf(notification, of).find(isIt) as NotifiedAlert;
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

function startPrometheusOf(
  version: PrometheusVersion,
  compiled: Compiled,
  collector: ProfileCollector,
  bridge: ServerProcess<'otlp'>,
  alertmanager: Alertmanager,
): Promise<Prometheus> {
  // The shipped configuration, at the ports of this test.
  const config = prometheusConfigAt(textOf(compiled, 'prometheus.yaml'), { collector, bridge, alertmanager });
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
  const application = startReportingApplication({ body, postgres, collector, env });
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

function alertsOf(
  { receivedAt, body }: Notification,
  of: Readonly<Record<string, string>>,
): readonly NotifiedAlert[] {
  return body.alerts
    .filter(({ labels }) => Object.entries(of).every(([name, value]) => labels[name] === value))
    .map(({ status, startsAt, labels, annotations }) => ({
      ...{ status, receivedAt, labels, annotations },
      startsAt: new Date(startsAt),
    }));
}

/** A port that nobody listens on. */
export const closedPort = freePort;
