import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One element of an instant vector. */
export interface PrometheusSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusStandIn {
  readonly url: string;
  /** What is answered, by the exact text of the query. What is not here is no PromQL, and refused as such. */
  answers: Readonly<Record<string, readonly PrometheusSample[]>>;
  /** In the order of their arrival. */
  readonly requests: readonly { readonly query: string | null; readonly authorization: string | undefined }[];
  clear(): void;
  stop(): Promise<void>;
}

/**
 * Stands in for Prometheus: `/api/v1/query` as Prometheus answers it, and nothing else of it. It computes nothing, so
 * a test with it proves that a query was sent and its answer read, not that the query is right.
 */
export async function startPrometheusStandIn(): Promise<PrometheusStandIn> {
  let answers: PrometheusStandIn['answers'] = {};
  const requests: { query: string | null; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/api/v1/query') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const query = searchParams.get('query');
    requests.push({ query, authorization: request.headers.authorization });
    const samples = query === null || !Object.hasOwn(answers, query) ? undefined : answers[query];
    response.writeHead(samples === undefined ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(samples === undefined ? refusal(query) : vector(samples)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get answers() {
      return answers;
    },
    set answers(given) {
      answers = given;
    },
    requests,
    clear() {
      answers = {};
      requests.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refusal(query: string | null) {
  return {
    status: 'error',
    errorType: 'bad_data',
    error: `invalid parameter "query": parse error in ${query}`,
  };
}

function vector(samples: readonly PrometheusSample[]) {
  const result = samples.map(({ labels, value }) => ({
    metric: labels,
    value: [1_700_000_000.5, text(value)],
  }));
  return { status: 'success', data: { resultType: 'vector', result } };
}

/** Prometheus writes numbers as text, and those that JSON does not have in its own way. */
function text(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
