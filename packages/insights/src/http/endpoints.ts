import type { Insights } from '../insights';
import { checkNames, InsightsOptionsError } from '../options';
import { processInsights } from '../process-insights';
import type { Endpoint } from './access';
import { healthReport } from './health-report';
import { type LiveStream, LiveStreams } from './live-streams';
import { statusPage } from './status-page';

/** Options of {@link Endpoints}. */
export interface EndpointsOptions {
  /** Where the endpoints are, if the framework leaves it in the URL, such as `/insights`. Default: `/`. */
  readonly path?: string;
  /** Default: the insights of the process. */
  readonly insights?: Insights;
}

/** A request, in the form of any server. */
export interface EndpointRequest {
  readonly method: string | undefined;
  /** Path and query. */
  readonly url: string;
  isAllowed(endpoint: Endpoint): Promise<boolean>;
}

/** What is answered: a text, or a stream of updates. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | LiveStream;
}

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

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Middleware that compresses, and nginx, would collect updates instead of passing each on. */
const STREAM_HEADERS = {
  ...HEADERS,
  'Cache-Control': 'no-store, no-transform',
  'Content-Type': 'text/event-stream',
  'X-Accel-Buffering': 'no',
};

/** The status page and the data behind it, for any kind of server. */
export class Endpoints {
  readonly #insights: Insights;
  readonly #prefix: string;
  readonly #json: Readonly<Record<'all' | 'performance' | 'connections' | 'pools', () => string>>;
  readonly #streams: LiveStreams;

  /** @throws {InsightsOptionsError} */
  constructor(options: EndpointsOptions) {
    // `authorize` is an option of the handler and of the route.
    checkNames(options, ['authorize', 'path', 'insights']);
    const { path = '/' } = options;
    if (typeof path !== 'string' || !/^(?:\/|$)/.test(path)) {
      throw new InsightsOptionsError('path', 'must be a text that begins with /');
    }
    // Not before the options were accepted: they are started here if nothing has started them.
    const { insights = processInsights() } = options;
    this.#insights = insights;
    this.#prefix = path.replace(/\/+$/, '');
    this.#json = {
      all: cached(() => JSON.stringify(insights.getAllPerformanceData())),
      performance: cached(() => JSON.stringify(insights.getPerformanceMetrics())),
      connections: cached(() => JSON.stringify(insights.getConnectionStats())),
      pools: cached(() => JSON.stringify(insights.getPoolMetricsWithAlerts())),
    };
    this.#streams = new LiveStreams(this.#json.all);
  }

  /** Answers a request. The promise never rejects. */
  async answer(request: EndpointRequest): Promise<Answer> {
    try {
      return await this.#answer(request);
    } catch {
      return refusal(500, 'The data could not be collected.');
    }
  }

  async #answer({ method, url, isAllowed }: EndpointRequest): Promise<Answer> {
    const endpoint = this.#endpointAt(url);
    if (endpoint === undefined) return refusal(404, 'There is no such endpoint.');
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, 'Only GET and HEAD are accepted.', { Allow: 'GET, HEAD' });
    if (!(await isAllowed(endpoint))) return refusal(403, 'Access is refused.');
    switch (endpoint) {
      case 'page': {
        const { html, policy } = statusPage();
        return text(200, html, 'text/html', { 'Content-Security-Policy': policy });
      }
      case 'health': {
        const report = healthReport(this.#insights);
        return text(report.isHealthy ? 200 : 503, JSON.stringify(report));
      }
      case 'live': {
        if (method === 'HEAD') return text(200, '', 'text/event-stream');
        const stream = this.#streams.open();
        if (stream === undefined) return refusal(503, 'Too many streams are open.');
        return { status: 200, headers: STREAM_HEADERS, body: stream };
      }
      default:
        return text(200, this.#json[endpoint]());
    }
  }

  #endpointAt(url: string): Endpoint | undefined {
    const path = url.split(/[?#]/, 1)[0] as string;
    const isBelow = path === this.#prefix || path.startsWith(`${this.#prefix}/`);
    const relative = isBelow ? path.slice(this.#prefix.length) : path;
    // A regular expression for slashes at the end takes quadratic time where many slashes are in the middle.
    return ENDPOINTS.get(
      relative
        .split('/')
        .filter((part) => part !== '')
        .join('/'),
    );
  }
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

function text(
  status: number,
  body: string,
  type = 'application/json',
  more: Readonly<Record<string, string>> = {},
): Answer {
  const headers = {
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    ...HEADERS,
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Length': String(Buffer.byteLength(body)),
    ...more,
  };
  return { status, headers, body };
}

const refusal = (status: number, error: string, more?: Readonly<Record<string, string>>): Answer =>
  text(status, JSON.stringify({ error }), undefined, more);
