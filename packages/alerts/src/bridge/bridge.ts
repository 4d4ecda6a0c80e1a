import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { destinationsOf } from './delivery/destinations';
import { answerPage } from './http/pages';
import { answerRefusal, Refusal } from './http/refusal';
import { BODY_SECONDS } from './http/request-body';
import { sparingly } from './log';
import { BridgeMetrics } from './metrics';
import { type BridgeOptions, type ResolvedBridgeOptions, resolveOptions } from './options';
import { signals } from './otlp/signal';
import { OtlpRequests } from './otlp-requests';

export interface Bridge {
  readonly host: string;
  readonly port: number;
  /** What `/v1/logs` and `/v1/metrics` are appended to. */
  readonly url: string;
  /**
   * Takes nothing new, gives what is in flight `stopTimeoutSeconds`, and ends the rest with 503, so that its sender
   * keeps it. Never rejects.
   */
  stop(): Promise<void>;
}

/** What the headers of a request have to arrive within. */
const HEADERS_SECONDS = 10;

/**
 * Starts the bridge: OTLP over HTTP in, Alertmanager's API v2 (or a webhook) out. It keeps nothing: a request is
 * acknowledged once its alerts were accepted, and whatever may heal is answered 503.
 *
 * @throws {BridgeOptionError} for a setting that cannot be used
 * @throws when the port is taken, or certificate and key are none
 * @example
 * const bridge = await startBridge({ alertmanagers: ['http://localhost:9093'], port: 4319 });
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const settings = resolveOptions(options);
  const { host, tls, stopTimeoutSeconds } = settings;
  const metrics = new BridgeMetrics();
  const log = sparingly(settings.log);
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
    // A body that does not come is answered by us, with 503, before Node answers 408, which nobody repeats.
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

/** What an answer may take to be written to somebody who is there. */
const LAST_WORDS_MILLIS = 500;

async function stop(server: http.Server, requests: OtlpRequests, seconds: number): Promise<void> {
  const closed = once(server, 'close');
  // Since Node 19 it ends idle connections, too.
  server.close();
  const over = new AbortController();
  const grace = async (millis: number) =>
    Promise.race([closed, sleep(millis, undefined, { signal: over.signal }).catch(() => undefined)]);
  await grace(seconds * 1000);
  requests.abort();
  await grace(LAST_WORDS_MILLIS);
  over.abort();
  server.closeAllConnections();
  await closed;
}

function tokenOf({ token, tokenFile }: ResolvedBridgeOptions) {
  if (token !== undefined) return { token };
  return tokenFile === undefined ? undefined : { file: tokenFile };
}
