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

  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: keyof typeof RPC,
    message: string,
    more: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.headers = { ...(status === 503 && { 'retry-after': String(RETRY_AFTER_SECONDS) }), ...more };
  }

  /** The body of an OTLP error response (google.rpc.Status). */
  get body(): { readonly code: number; readonly message: string } {
    return { code: RPC[this.status], message: this.message };
  }
}

export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  answerJson(response, refusal.status, refusal.body, refusal.headers);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}
