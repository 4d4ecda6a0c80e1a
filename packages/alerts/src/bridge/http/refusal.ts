import type { ServerResponse } from 'node:http';

/** Codes of google.rpc.Code in OTLP answers. */
const RPC = { 400: 3, 404: 5, 405: 12, 413: 3, 415: 3, 503: 14 } as const;

/** Delays senders that would retry at once. The collector continues with its own back-off. */
const RETRY_AFTER_SECONDS = 2;

/**
 * A refused request. The collector retries after 503. After other codes of the bridge, it drops the data. The bridge never
 * returns 500, because the collector does not retry after it.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** An OTLP error response (google.rpc.Status). */
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: keyof typeof RPC,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    /** Only `undelivered_total` is for alerting, because any client can increase the other counters. */
    readonly counter: 'undelivered_total' | 'unauthorized_total' | 'incomplete_total' = 'undelivered_total',
  ) {
    super(message);
    this.body = { code: RPC[status], message };
    this.headers = { ...(status === 503 && { 'retry-after': `${RETRY_AFTER_SECONDS}` }), ...headers };
  }
}

type Answer = Pick<Refusal, 'body'> & Partial<Pick<Refusal, 'headers'>> & { readonly status: number };

export function answerJson(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
    .end(text);
}
