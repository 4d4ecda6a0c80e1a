import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { destinationsOf } from './delivery/delivery';
import { answerPage } from './http/pages';
import { answerRefusal, Refusal } from './http/refusal';
import { BODY_SECONDS } from './http/request-body';
import { rateLimited } from './log';
import { BridgeMetrics } from './metrics';
import { type BridgeOptions, type ResolvedBridgeOptions, resolveOptions } from './options';
import { signals } from './otlp/signals';
import { OtlpRequests } from './otlp-requests';

/** A running bridge. */
export interface Bridge {
  readonly host: string;
  readonly port: number;
  /** The base URL, without `/v1/logs` and `/v1/metrics`. */
  readonly url: string;
  /**
   * Stops accepting requests, waits up to `stopTimeoutSeconds` for requests in flight, and then answers the remaining ones
   * with 503, so that their senders keep the alerts. Never rejects.
   */
  stop(): Promise<void>;
}

/** The headers of a request must arrive within this time. */
const HEADERS_SECONDS = 10;

/**
 * Starts the bridge, which receives OTLP over HTTP and sends alerts to Alertmanager's API v2 or a webhook. It stores
 * nothing: it acknowledges a request once its alerts were accepted, and answers 503 when another attempt may succeed.
 *
 * @throws {BridgeOptionError} for an invalid setting
 * @throws if the port is in use, or certificate or key is invalid
 * @example
 * const bridge = await startBridge({ alertmanagers: ['http://localhost:9093'], port: 4319 });
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const settings = resolveOptions(options);
  const { host, tls, stopTimeoutSeconds } = settings;
  const metrics = new BridgeMetrics();
  const log = rateLimited(settings.log);
  const requests = new OtlpRequests({
    ...settings,
    destinations: destinationsOf(settings, metrics, log),
    token: tokenOf(settings),
    metrics,
    log,
  });
  let isStopping = false;

  const listener: http.RequestListener = (request, response) => {
    if (isStopping) response.setHeader('connection', 'close');
    const path = request.url?.split('?')[0] ?? '';
    const signal = Object.hasOwn(signals, path) ? signals[path] : undefined;
    if (signal !== undefined && request.method === 'POST')
      requests.answer(signal, request, response).catch(() => response.destroy());
    else if (signal !== undefined)
      answerRefusal(response, new Refusal(405, 'must be POST', { allow: 'POST' }));
    else answerPage(path, request, response, metrics, isStopping);
  };
  const limits: http.ServerOptions = {
    headersTimeout: HEADERS_SECONDS * 1000,
    // Longer than the bridge waits for a body: it answers 503 before Node answers 408, which senders do not retry.
    requestTimeout: (HEADERS_SECONDS + BODY_SECONDS + 5) * 1000,
    connectionsCheckingInterval: 1000,
  };
  const server = tls
    ? https.createServer({ ...limits, ...tls }, listener)
    : http.createServer(limits, listener);
  server.listen(settings.port, host);
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    host,
    port,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop() {
      isStopping = true;
      stopped ??= stop(server, requests, stopTimeoutSeconds);
      return stopped;
    },
  };
}

/** The time to write the last answers when the bridge stops. */
const LAST_ANSWERS_MILLIS = 500;

async function stop(server: http.Server, requests: OtlpRequests, seconds: number): Promise<void> {
  const closed = once(server, 'close');
  // Since Node 19, this ends idle connections as well.
  server.close();
  const over = new AbortController();
  const grace = async (millis: number) =>
    Promise.race([closed, sleep(millis, undefined, { signal: over.signal }).catch(() => undefined)]);
  await grace(seconds * 1000);
  requests.abort();
  await grace(LAST_ANSWERS_MILLIS);
  over.abort();
  server.closeAllConnections();
  await closed;
}

function tokenOf({ token, tokenFile }: ResolvedBridgeOptions) {
  if (token !== undefined) return { token };
  return tokenFile === undefined ? undefined : { file: tokenFile };
}
