import type { IncomingMessage, ServerResponse } from 'node:http';
import { deliveryTo } from './delivery';
import { authorize } from './http/authorization';
import { answerJson, Refusal } from './http/refusal';
import { readBody, requireJson } from './http/request-body';
import { RequestBudget } from './http/request-budget';
import { type IncomingAlerts, incomingAlerts } from './incoming-alerts';
import type { BridgeSettings } from './options';
import { type Signal, signals, UNUSABLE } from './otlp';

/** The bytes of all requests, as a number of bodies of the maximum size. */
const BODIES_IN_BUDGET = 16;
const MAX_MESSAGE_CHARS = 1000;
/** The maximum number of alert names in a line of the log. */
const MAX_NAMES = 5;

/** Aborts a request. */
const OVER = new Refusal(503, 'the time for the request is over');

/** Answers `POST /v1/logs` and `/v1/metrics`. Stores nothing: the sender keeps requests that are not acknowledged. */
export class OtlpRequests {
  readonly #settings: BridgeSettings;
  readonly #deliver;
  readonly #budget;
  readonly #running = new Set<AbortController>();
  /** Resolves when the last request is decoded. One request is decoded at a time, because objects need more memory than JSON. */
  #decoded: Promise<unknown> = Promise.resolve();

  constructor(settings: BridgeSettings) {
    this.#settings = settings;
    this.#deliver = deliveryTo(settings);
    const { maxBodyBytes, maxRequests } = settings;
    this.#budget = new RequestBudget({ bytes: BODIES_IN_BUDGET * maxBodyBytes, requests: maxRequests });
    settings.metrics.set('requests_in_flight', 0);
    // Prometheus misses the first increase of a series that does not exist yet.
    for (const { name: signal } of signals)
      for (const counter of ['undelivered_total', 'unauthorized_total', 'incomplete_total'] as const)
        settings.metrics.add(counter, { signal }, 0);
  }

  async answer(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics, requestTimeoutSeconds } = this.#settings;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(OVER), requestTimeoutSeconds * 1000);
    this.#running.add(controller);
    metrics.add('requests_in_flight');
    try {
      const answer = await this.#take(signal, request, controller.signal)
        .then((body) => ({ status: 200, body }))
        .catch((error: unknown) => this.#refusalFor(error, signal));
      metrics.add('requests_total', { signal: signal.name, code: `${answer.status}` });
      answerJson(response, answer);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
      metrics.add('requests_in_flight', {}, -1);
      this.#budget.release(request);
    }
  }

  /** Answers the requests in flight with 503, so that their senders retry. */
  abort(): void {
    for (const controller of this.#running) controller.abort(OVER);
  }

  /** Returns the body of the response. @throws {Refusal} */
  async #take(signal: Signal, request: IncomingMessage, aborted: AbortSignal): Promise<object> {
    await authorize(request, this.#settings);
    requireJson(request);
    const body = await readBody(request, this.#settings.maxBodyBytes, this.#budget, aborted);
    const incoming = this.#decoded.then(() => incomingAlerts(signal, body, this.#settings, aborted));
    this.#decoded = incoming.catch(() => undefined);
    return this.#forward(signal, await incoming, aborted);
  }

  async #forward(
    signal: Signal,
    { folded, unusable }: IncomingAlerts,
    aborted: AbortSignal,
  ): Promise<object> {
    const { metrics, log } = this.#settings;
    const { name, items, rejectedField } = signal;
    const alerts = folded.map(({ alert }) => alert);
    const outcomes = await this.#deliver(alerts, aborted);
    const undelivered = outcomes.find(({ type }) => type === 'undelivered');
    if (undelivered !== undefined) throw new Refusal(503, undelivered.reason);
    // Counts acknowledged requests only. After a 503, the sender repeats the request, which would count twice.
    const messages: string[] = [];
    let rejected = 0;
    const reject = (reason: string, count: number, message: string, alertNames = '') => {
      metrics.add('rejected_total', { signal: name, reason }, count);
      log(`${items} rejected permanently${alertNames}: ${message}`);
      messages.push(`${count}: ${message}`);
      rejected += count;
    };
    for (const [reason, count] of unusable) reject(reason, count, UNUSABLE[reason]);
    const refused = folded.filter((_, index) => outcomes[index]?.type === 'refused');
    const first = outcomes.find(({ type }) => type === 'refused');
    if (first !== undefined) {
      const count = refused.reduce((sum, alert) => sum + alert.items, 0);
      reject('refused', count, first.reason, namesOf(refused));
    }
    const accepted = folded.length - refused.length;
    if (accepted > 0) {
      metrics.add('alerts_forwarded_total', { signal: name }, accepted);
      metrics.set('last_success_timestamp_seconds', Date.now() / 1000);
    }
    if (rejected === 0) return {};
    metrics.add('undelivered_total', { signal: name });
    const errorMessage = messages.join('; ').slice(0, MAX_MESSAGE_CHARS);
    // OTLP/JSON encodes 64-bit integers as strings.
    return { partialSuccess: { [rejectedField]: `${rejected}`, errorMessage } };
  }

  #refusalFor(error: unknown, { name, items }: Signal): Refusal {
    const { metrics, log } = this.#settings;
    // 503, because a retry may succeed with a fixed version.
    const refusal = error instanceof Refusal ? error : new Refusal(503, 'internal error of the bridge');
    if (refusal !== error) log(`unexpected error: ${String(error)}`);
    const { status, counter, message } = refusal;
    metrics.add(counter, { signal: name });
    if (status !== 503 || counter !== 'undelivered_total') log(`${items} not accepted: ${message}`);
    return refusal;
  }
}

/** Lists names of alerts for the log. Replaces unusual characters, because the sender chooses the names. */
function namesOf(folded: IncomingAlerts['folded']): string {
  const names = folded.map(({ alert }) => alert.labels['alertname']?.slice(0, 100).replace(/[^\w.:-]/g, '?'));
  const [...distinct] = new Set(names);
  const more = distinct.length > MAX_NAMES ? ', …' : '';
  return ` (${distinct.slice(0, MAX_NAMES).join(', ')}${more})`;
}
