import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerJson, Refusal } from './http/refusal';
import { BODY_SECONDS } from './http/request-body';
import { BridgeMetrics } from './metrics';
import { type BridgeOptions, resolveOptions } from './options';
import { signals } from './otlp';
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
/** The time to write the last answers when the bridge stops. */
const LAST_ANSWERS_SECONDS = 0.5;

const LIMITS: http.ServerOptions = {
  headersTimeout: HEADERS_SECONDS * 1000,
  // Longer than the bridge waits for a body: it answers 503 before Node answers 408, which senders do not retry.
  requestTimeout: (HEADERS_SECONDS + BODY_SECONDS + 5) * 1000,
  connectionsCheckingInterval: 1000,
};

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
  const settings = { ...resolveOptions(options), metrics: new BridgeMetrics() };
  const { host, tls, metrics, stopTimeoutSeconds } = settings;
  const requests = new OtlpRequests(settings);
  const server = tls ? https.createServer({ ...LIMITS, ...tls }) : http.createServer(LIMITS);
  server.on('request', listener(server, requests, metrics)).listen(settings.port, host);
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    host,
    port,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop() {
      stopped ??= stop(server, requests, stopTimeoutSeconds);
      return stopped;
    },
  };
}

async function stop(server: http.Server, requests: OtlpRequests, seconds: number): Promise<void> {
  const closed = once(server, 'close');
  const atMost = (limit: number) => Promise.race([closed, sleep(limit * 1000, undefined, { ref: false })]);
  // Since Node 19, this ends idle connections as well.
  server.close();
  await atMost(seconds);
  requests.abort();
  await atMost(LAST_ANSWERS_SECONDS);
  server.closeAllConnections();
  await closed;
}

/** Answers OTLP requests, health checks and metrics. The latter require no token and contain nothing about alerts. */
function listener(server: http.Server, requests: OtlpRequests, metrics: BridgeMetrics): http.RequestListener {
  const otlp = new Map(signals.map((signal) => [`/v1/${signal.name}`, signal]));
  const pages = new Map<string, () => readonly [status: number, text: string, contentType?: string]>([
    ['/-/healthy', () => [200, 'healthy\n']],
    // Does not depend on Alertmanager: the bridge must stay reachable, so that senders get 503 and keep their alerts.
    ['/-/ready', () => (server.listening ? [200, 'ready\n'] : [503, 'stopping\n'])],
    ['/metrics', () => [200, metrics.text(), 'text/plain; version=0.0.4; charset=utf-8']],
  ]);
  const paths = [...otlp.keys(), ...pages.keys()].join(', ');

  return (request, response) => {
    if (!server.listening) response.setHeader('connection', 'close');
    const [path = ''] = request.url?.split('?') ?? [];
    const signal = otlp.get(path);
    const page = pages.get(path);
    const methods = signal === undefined ? ['GET', 'HEAD'] : ['POST'];
    if (signal === undefined && page === undefined) {
      answerJson(response, new Refusal(404, `not found; the paths are ${paths}`));
    } else if (!methods.includes(request.method ?? '')) {
      answerJson(response, new Refusal(405, `must be ${methods[0]}`, { allow: methods.join(', ') }));
    } else if (signal !== undefined) {
      requests.answer(signal, request, response).catch(() => response.destroy());
    } else if (page !== undefined) {
      const [status, text, contentType = 'text/plain'] = page();
      response.writeHead(status, { 'content-type': contentType }).end(text);
    }
  };
}
