import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Insights } from '../insights';
import { processInsights } from '../process-insights';
import { type Authorize, type Endpoint, isAllowed } from './access';
import { healthReport } from './health-report';
import { LiveStreams } from './live-streams';
import { statusPage } from './status-page';

/** Options of {@link createInsightsHandler}. */
export interface InsightsHandlerOptions {
  /**
   * Decides who may read an endpoint. Without it, only programs on the same machine may: the connection comes from a
   * loopback address, `Host` is a loopback name, and no header shows a proxy.
   */
  readonly authorize?: Authorize;
  /** Where the handler is mounted, if the framework leaves it in `request.url`, such as `/insights`. Default: `/`. */
  readonly path?: string;
  /** Default: the insights of the process. */
  readonly insights?: Insights;
}

/** A handler for `node:http`, and for frameworks that accept its requests and responses. */
export type InsightsHandler = (request: IncomingMessage, response: ServerResponse) => void;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['', 'page'],
  ['all', 'all'],
  ['performance', 'performance'],
  ['connections', 'connections'],
  ['pools', 'pools'],
  ['health', 'health'],
  ['live', 'live'],
]);

/** A reader gets data that is at most this old, so that many readers cost little more than one. */
const MAX_AGE_MILLIS = 250;

const POLICY = "default-src 'none'; frame-ancestors 'none'";
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Serves the status page, the insights as JSON (`all`, `performance`, `connections`, `pools`), for health checks (`health`, 200 or 503) and
 * as a stream of updates (`live`). Only GET and HEAD are accepted, and bodies are not read.
 *
 * @example
 * app.use('/insights', createInsightsHandler({ authorize: (request) => isAdmin(request) }));
 */
export function createInsightsHandler(options: InsightsHandlerOptions = {}): InsightsHandler {
  const { authorize, path = '/', insights = processInsights() } = options;
  const prefix = path.replace(/\/+$/, '');
  const all = cached(() => JSON.stringify(insights.getAllPerformanceData()));
  const json = {
    all,
    performance: cached(() => JSON.stringify(insights.getPerformanceMetrics())),
    connections: cached(() => JSON.stringify(insights.getConnectionStats())),
    pools: cached(() => JSON.stringify(insights.getPoolMetricsWithAlerts())),
  };
  const streams = new LiveStreams(all);

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const endpoint = endpointOf(request.url ?? '/', prefix);
    if (endpoint === undefined) return refuse(response, 404, 'There is no such endpoint.');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Only GET and HEAD are accepted.');
    }
    if (!(await isAllowed(request, endpoint, authorize))) return refuse(response, 403, 'Access is refused.');
    if (endpoint === 'health') {
      const report = healthReport(insights);
      return send(response, report.isHealthy ? 200 : 503, JSON.stringify(report));
    }
    if (endpoint === 'live') {
      if (request.method === 'HEAD') return send(response, 200, '', 'text/event-stream');
      if (streams.isFull) return refuse(response, 503, 'Too many streams are open.');
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
      return streams.add(response);
    }
    if (endpoint === 'page') {
      const { html, policy } = statusPage();
      response.setHeader('Content-Security-Policy', policy);
      return send(response, 200, html, 'text/html');
    }
    send(response, 200, json[endpoint]());
  }

  return (request, response) => {
    respond(request, response).catch(() => {
      if (!response.headersSent) refuse(response, 500, 'The data could not be collected.');
      else response.destroy();
    });
  };
}

function endpointOf(url: string, prefix: string): Endpoint | undefined {
  const path = url.split(/[?#]/, 1)[0] as string;
  const relative = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return ENDPOINTS.get(relative.replace(/^\/+|\/+$/g, ''));
}

function cached(create: () => string): () => string {
  let value = '';
  let createdAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - createdAt > MAX_AGE_MILLIS) {
      value = create();
      createdAt = now;
    }
    return value;
  };
}

function send(response: ServerResponse, status: number, body: string, type = 'application/json'): void {
  if (!response.hasHeader('Content-Security-Policy')) response.setHeader('Content-Security-Policy', POLICY);
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

const refuse = (response: ServerResponse, status: number, error: string): void =>
  send(response, status, JSON.stringify({ error }));
