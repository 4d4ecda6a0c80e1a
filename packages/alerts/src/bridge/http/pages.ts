import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BridgeMetrics } from '../metrics';
import { answerRefusal, Refusal } from './refusal';

/** Answers health checks and metrics. They require no token and contain nothing about alerts. */
export function answerPage(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  metrics: BridgeMetrics,
  isStopping: boolean,
): void {
  const pages: Record<string, () => [status: number, contentType: string, text: string]> = {
    '/-/healthy': () => [200, 'text/plain', 'healthy\n'],
    // Does not depend on Alertmanager: the bridge must stay reachable, so that senders get 503 and keep their alerts.
    '/-/ready': () => (isStopping ? [503, 'text/plain', 'stopping\n'] : [200, 'text/plain', 'ready\n']),
    '/metrics': () => [200, 'text/plain; version=0.0.4; charset=utf-8', metrics.text()],
  };
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) {
    const known = Object.keys(pages).join(', ');
    answerRefusal(response, new Refusal(404, `not found; the paths are /v1/logs, /v1/metrics, ${known}`));
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerRefusal(response, new Refusal(405, 'must be GET', { allow: 'GET, HEAD' }));
  } else {
    const [status, contentType, text] = page();
    response.writeHead(status, { 'content-type': contentType }).end(text);
  }
}
