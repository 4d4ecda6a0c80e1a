import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Destinations, deliver } from './delivery/delivery';
import { authorize, type TokenSource, Unauthorized } from './http/authorization';
import { ByteBudget, type ByteShare } from './http/byte-budget';
import { answerJson, Refusal } from './http/refusal';
import { Incomplete, readBody, requireJson } from './http/request-body';
import { type IncomingAlerts, incomingAlerts } from './incoming-alerts';
import type { BridgeMetrics } from './metrics';
import { parsed, Undecodable } from './otlp/request';
import type { Rejected, Signal } from './otlp/signals';
import { type Rejection, rejections } from './rejections';

export interface OtlpSettings {
  readonly destinations: Destinations;
  readonly token: TokenSource;
  readonly holdSeconds: number;
  readonly maxBodyBytes: number;
  readonly maxRequests: number;
  readonly requestTimeoutSeconds: number;
  readonly metrics: BridgeMetrics;
  readonly log: (line: string) => void;
}

/** The byte budget, as a number of bodies of the maximum size. */
const BODIES_IN_BUDGET = 16;
const MAX_MESSAGE_CHARS = 1000;

/** Answers `POST /v1/logs` and `/v1/metrics`. Stores nothing: the sender keeps requests that are not acknowledged. */
export class OtlpRequests {
  readonly #settings: OtlpSettings;
  readonly #running = new Set<AbortController>();
  readonly #budget: ByteBudget;
  /** The number of requests whose body has arrived. Slow senders do not count, so they cannot block others. */
  #arrived = 0;
  /** Resolves when the last request is decoded. One request is decoded at a time, because objects need more memory than JSON. */
  #decoded: Promise<unknown> = Promise.resolve();

  constructor(settings: OtlpSettings) {
    this.#settings = settings;
    const { metrics, maxBodyBytes } = settings;
    this.#budget = new ByteBudget(BODIES_IN_BUDGET * maxBodyBytes);
    metrics.set('requests_in_flight', 0);
    // Prometheus misses the first increase of a series that does not exist yet.
    for (const signal of ['logs', 'metrics']) {
      metrics.add('undelivered_total', { signal }, 0);
      metrics.add('unauthorized_total', { signal }, 0);
      metrics.add('incomplete_total', { signal }, 0);
    }
  }

  async answer(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics, log } = this.#settings;
    const share = this.#budget.share();
    try {
      const rejected = await this.#inTime((aborted) => this.#take(signal, request, share, aborted));
      if (rejected !== undefined) metrics.add('undelivered_total', { signal: signal.name });
      this.#write(signal, response, 200, signal.response(rejected));
    } catch (error) {
      const refusal = this.#refusalFor(error);
      const counter = counterOf(refusal);
      metrics.add(counter, { signal: signal.name });
      if (refusal.status !== 503 || counter !== 'undelivered_total')
        log(`${signal.items} not accepted: ${refusal.message}`);
      this.#write(signal, response, refusal.status, refusal.body, refusal.headers);
    } finally {
      share.release();
    }
  }

  /** Answers the requests in flight with 503, so that their senders retry. */
  abort(): void {
    for (const controller of this.#running) controller.abort();
  }

  async #inTime<T>(work: (aborted: AbortSignal) => Promise<T>): Promise<T> {
    const { requestTimeoutSeconds, metrics } = this.#settings;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), requestTimeoutSeconds * 1000);
    this.#running.add(controller);
    metrics.set('requests_in_flight', this.#running.size);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
      metrics.set('requests_in_flight', this.#running.size);
    }
  }

  async #take(
    signal: Signal,
    request: IncomingMessage,
    share: ByteShare,
    aborted: AbortSignal,
  ): Promise<Rejected | undefined> {
    const { token, maxBodyBytes } = this.#settings;
    await authorize(request, token);
    requireJson(request);
    this.#requirePlace();
    const body = await readBody(request, maxBodyBytes, share, aborted);
    this.#requirePlace();
    this.#arrived++;
    try {
      const incoming = await this.#decode(signal, body, aborted);
      return await this.#forward(signal, incoming, aborted);
    } finally {
      this.#arrived--;
    }
  }

  #requirePlace(): void {
    if (this.#arrived >= this.#settings.maxRequests) throw new Refusal(503, 'the bridge is busy');
  }

  #decode(signal: Signal, body: Buffer, aborted: AbortSignal): Promise<IncomingAlerts> {
    const { holdSeconds, metrics } = this.#settings;
    const incoming = this.#decoded.then(() => {
      if (aborted.aborted) throw new Refusal(503, 'the time for the request is over');
      return incomingAlerts(signal, parsed(body), holdSeconds, aborted, ({ field, reason }) =>
        metrics.add('fields_cut_total', { field, reason }),
      );
    });
    this.#decoded = incoming.then(
      () => undefined,
      () => undefined,
    );
    return incoming;
  }

  async #forward(
    signal: Signal,
    { folded, rejected }: IncomingAlerts,
    aborted: AbortSignal,
  ): Promise<Rejected | undefined> {
    const { destinations, metrics } = this.#settings;
    const outcomes = await deliver(
      folded.map(({ alert }) => alert),
      destinations,
      aborted,
    );
    const undelivered = outcomes.find((outcome) => outcome.type === 'undelivered');
    if (undelivered !== undefined) throw new Refusal(503, undelivered.reason);
    const accepted = outcomes.filter(({ type }) => type === 'accepted').length;
    if (accepted > 0) {
      metrics.add('alerts_forwarded_total', { signal: signal.name }, accepted);
      metrics.set('last_success_timestamp_seconds', Date.now() / 1000);
    }
    return this.#report(signal, rejections(rejected, folded, outcomes));
  }

  /** Counts rejections of acknowledged requests only. After a 503, the sender repeats the request, which would count twice. */
  #report(signal: Signal, rejected: readonly Rejection[]): Rejected | undefined {
    if (rejected.length === 0) return undefined;
    const { metrics, log } = this.#settings;
    for (const { reason, count, message, names } of rejected) {
      metrics.add('rejected_total', { signal: signal.name, reason }, count);
      log(`${signal.items} rejected permanently${names}: ${message}`);
    }
    return {
      count: rejected.reduce((sum, { count }) => sum + count, 0),
      message: rejected
        .map(({ count, message }) => `${count}: ${message}`)
        .join('; ')
        .slice(0, MAX_MESSAGE_CHARS),
    };
  }

  #refusalFor(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof Undecodable) return new Refusal(400, error.message);
    // 503, because a retry may succeed with a fixed version.
    this.#settings.log(`unexpected error: ${String(error)}`);
    return new Refusal(503, 'internal error of the bridge');
  }

  #write(
    signal: Signal,
    response: ServerResponse,
    status: number,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ): void {
    this.#settings.metrics.add('requests_total', { signal: signal.name, code: String(status) });
    answerJson(response, status, body, headers);
  }
}

/** Only `undelivered_total` is for alerting, because any client can increase the other counters. */
function counterOf(refusal: Refusal) {
  if (refusal instanceof Unauthorized) return 'unauthorized_total';
  return refusal instanceof Incomplete ? 'incomplete_total' : 'undelivered_total';
}
