import { randomBytes } from 'node:crypto';
import type { Application } from './application';

const PASSWORD = 'geheim';
export const asOperator = { authorization: `Basic ${btoa(`operator:${PASSWORD}`)}` };

export const environment = {
  OPERATOR_PASSWORD: PASSWORD,
  // Spans are exported at the end only: what arrives was exported by it.
  OTEL_BSP_SCHEDULE_DELAY: '3600000',
};

/** Sends a request that starts a new trace. */
export async function send({ url }: Application, path: string, init: RequestInit = {}) {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  // A connection that is kept alive would delay the end of the application.
  const headers = { traceparent, connection: 'close', ...init.headers };
  const response = await fetch(`${url}${path}`, { ...init, headers });
  return { status: response.status, headers: response.headers, body: await response.text(), traceId };
}

/** The summaries of the statements that the insights page of an example has seen, and how often each ran. */
export async function statementsSeen(url: string): Promise<Record<string, number>> {
  const response = await fetch(url, { headers: { ...asOperator, connection: 'close' } });
  const { statements } = (await response.json()) as { statements: { summary: string; count: number }[] };
  return Object.fromEntries(statements.map(({ summary, count }) => [summary, count]));
}
