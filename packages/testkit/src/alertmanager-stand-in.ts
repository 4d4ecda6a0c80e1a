import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** Replaces the real answer by a status, by none, or by a broken connection. */
export type AlertmanagerFault = number | 'hang' | 'reset';

export interface AlertmanagerStandIn {
  readonly url: string;
  /** The fault of all requests, until it is set to undefined. */
  fault: AlertmanagerFault | undefined;
  /** How long each request waits before it is handled. */
  delayMillis: number;
  /** Names of alerts that it rejects although Alertmanager would accept them. */
  refused: readonly string[];
  /** All requests, in the order of arrival. */
  readonly requests: readonly {
    readonly path: string | undefined;
    readonly authorization: string | undefined;
    readonly alerts: readonly PostedAlert[];
  }[];
  /** The stored alerts by their labels. A repeated alert replaces the earlier one. */
  stored(): readonly PostedAlert[];
  clear(): void;
  stop(): Promise<void>;
}

/**
 * Stands in for Alertmanager: `POST /api/v2/alerts` as 0.31 answers it (api/v2/api.go, postAlertsHandler: it stores
 * the good ones and answers 400 when one is bad), below any path, and nothing else of it. It notifies nobody: a test
 * with it proves that an alert was delivered, not that a person would be notified.
 */
export async function startAlertmanagerStandIn(): Promise<AlertmanagerStandIn> {
  const requests: { path: string | undefined; authorization: string | undefined; alerts: PostedAlert[] }[] =
    [];
  const stored = new Map<string, PostedAlert>();
  let fault: AlertmanagerFault | undefined;
  let delayMillis = 0;
  let refused: readonly string[] = [];
  const server = createServer(async (request, response) => {
    const alerts = (await json(request)) as PostedAlert[];
    requests.push({ path: request.url, authorization: request.headers.authorization, alerts });
    if (fault === 'hang') return;
    if (delayMillis > 0) await sleep(delayMillis);
    if (fault === 'reset') request.socket.destroy();
    else if (fault !== undefined) answer(response, fault, `fault ${fault}`);
    else if (!request.url?.split('?')[0]?.endsWith('/api/v2/alerts'))
      answer(response, 404, 'path was not found');
    else {
      const wrong = (alert: PostedAlert) =>
        refused.includes(alert.labels['alertname'] ?? '') ? 'refused by the test' : wrongWith(alert);
      const bad = alerts.filter((alert) => wrong(alert) !== undefined);
      for (const alert of alerts) if (!bad.includes(alert)) stored.set(identityOf(alert), alert);
      if (bad.length === 0) response.writeHead(200).end();
      else answer(response, 400, bad.map(wrong).join('; '));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get fault() {
      return fault;
    },
    set fault(given) {
      fault = given;
    },
    get delayMillis() {
      return delayMillis;
    },
    set delayMillis(given) {
      delayMillis = given;
    },
    get refused() {
      return refused;
    },
    set refused(given) {
      refused = given;
    },
    requests,
    stored: () => [...stored.values()],
    clear() {
      fault = undefined;
      delayMillis = 0;
      refused = [];
      requests.length = 0;
      stored.clear();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(message));
}

/** prometheus/common, model/alert.go, Validate, as far as it can be violated by JSON of the right shape. */
function wrongWith({ labels, startsAt, endsAt }: PostedAlert): string | undefined {
  if (Object.keys(labels).length === 0) return 'at least one label pair required';
  if (startsAt !== undefined && endsAt !== undefined && startsAt > endsAt) {
    return 'start time must be before end time';
  }
  const name = Object.keys(labels).find((key) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key));
  return name === undefined ? undefined : `invalid label set: invalid name "${name}"`;
}

function identityOf({ labels }: PostedAlert): string {
  return JSON.stringify(Object.entries(labels).sort());
}
