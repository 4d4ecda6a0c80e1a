import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { HANG_LIMIT_MILLIS } from '../hang-limit';
import { Waiting } from '../waiting';

/** What Alertmanager posts (version 4 of its format), and what a test has to know of it. */
export interface WebhookBody {
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly startsAt: string;
    readonly endsAt: string;
    readonly generatorURL: string;
    readonly fingerprint: string;
  }[];
}

export interface Notification {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Which receiver it was for, when each has its own path. */
  readonly path: string;
  readonly body: WebhookBody;
}

export interface WebhookReceiver {
  /** Without a path; every one is taken: `${url}/critical`. */
  readonly url: string;
  /** In the order of their arrival. */
  readonly notifications: readonly Notification[];
  /**
   * The first that satisfies the predicate, of those received and those to come.
   * @throws when none does in time, with those that came
   */
  waitFor(predicate: (notification: Notification) => boolean, timeoutMillis?: number): Promise<Notification>;
  clear(): void;
  stop(): Promise<void>;
}

/** Receives Alertmanager's notifications. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const notifications: Notification[] = [];
  const waiting = new Waiting();
  const server = http.createServer(async (request, response) => {
    const receivedAt = Date.now();
    try {
      const body = JSON.parse(await text(request)) as WebhookBody;
      notifications.push({ receivedAt, path: request.url ?? '/', body });
      response.writeHead(200).end();
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
      return;
    }
    waiting.arrived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    notifications,
    waitFor(predicate, timeoutMillis = HANG_LIMIT_MILLIS) {
      return waiting.waitFor(
        () => notifications.find(predicate),
        timeoutMillis,
        () => `Not notified within ${timeoutMillis} ms. Notified: ${inventory(notifications)}`,
      );
    },
    clear() {
      notifications.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function inventory(notifications: readonly Notification[]): string {
  const received = notifications.map(
    ({ path, body }) =>
      `${path} ${body.status} ${body.alerts.map(({ labels }) => labels['alertname']).join(', ')}`,
  );
  return received.length === 0 ? 'nothing' : received.join('; ');
}
