import type { IncomingMessage, ServerResponse } from 'node:http';
import { foldedAlerts } from './alert';
import type { Breach } from './breach';
import { type Destinations, deliver } from './delivery/delivery';
import type { Outcome } from './delivery/outcome';
import { authorize, type TokenSource } from './http/authorization';
import { requireJson } from './http/content-type';
import { answerJson, Refusal } from './http/refusal';
import { readBody } from './http/request-body';
import type { BridgeMetrics } from './metrics';
import { parsed, Undecodable } from './otlp/request';
import type { Item, Rejected, Signal } from './otlp/signal';

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

const MOST_MESSAGE_CHARS = 1000;

/** Answers `POST /v1/logs` and `/v1/metrics`. It remembers nothing: what is not acknowledged, its sender keeps. */
export class OtlpRequests {
  private readonly running = new Set<AbortController>();

  constructor(private readonly settings: OtlpSettings) {
    const { metrics } = settings;
    metrics.set('inFlight', 0);
    // From the start: an increase from nothing is none to Prometheus.
    for (const signal of ['logs', 'metrics']) metrics.add('undelivered', { signal }, 0);
  }

  async answer(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics } = this.settings;
    try {
      const { body, isWhole } = await this.withinBounds((aborted) => this.take(signal, request, aborted));
      if (!isWhole) metrics.add('undelivered', { signal: signal.name });
      this.write(signal, response, 200, body);
    } catch (error) {
      const refusal = this.refusalFor(error);
      metrics.add('undelivered', { signal: signal.name });
      this.write(signal, response, refusal.status, refusal.body, refusal.headers);
    }
  }

  /** Ends what is still on its way: each is answered that it may come again. */
  abort(): void {
    for (const controller of this.running) controller.abort();
  }

  private async withinBounds<T>(work: (aborted: AbortSignal) => Promise<T>): Promise<T> {
    const { maxRequests, requestTimeoutSeconds, metrics } = this.settings;
    if (this.running.size >= maxRequests) throw new Refusal(503, 'the bridge is busy');
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), requestTimeoutSeconds * 1000);
    this.running.add(controller);
    metrics.set('inFlight', this.running.size);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      this.running.delete(controller);
      metrics.set('inFlight', this.running.size);
    }
  }

  private async take(
    signal: Signal,
    request: IncomingMessage,
    aborted: AbortSignal,
  ): Promise<{ readonly body: object; readonly isWhole: boolean }> {
    const { destinations, token, holdSeconds, maxBodyBytes, metrics } = this.settings;
    await authorize(request, token);
    requireJson(request);
    const sent = await readBody(request, maxBodyBytes, aborted);
    const receivedAt = new Date();
    const { breaches, rejections } = sorted(signal.read(parsed(sent)));
    for (const { cut } of breaches)
      for (const { field, reason } of cut) metrics.add('cut', { field, reason });

    const folded = foldedAlerts(breaches, receivedAt, holdSeconds);
    const outcomes = await deliver(
      folded.map(({ alert }) => alert),
      destinations,
      aborted,
    );
    let accepted = 0;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.type === 'undelivered') throw new Refusal(503, outcome.reason);
      if (outcome.type === 'accepted') accepted++;
      else addRefused(rejections, outcome, folded[index]?.items ?? 0);
    }
    if (accepted > 0) {
      metrics.add('forwarded', { signal: signal.name }, accepted);
      metrics.set('lastSuccess', Date.now() / 1000);
    }
    const rejected = this.reported(signal, rejections);
    return { body: signal.response(rejected), isWhole: rejected === undefined };
  }

  /** Counted now only: what is answered with 503 comes again, and would be counted with each attempt. */
  private reported(signal: Signal, rejections: Rejections): Rejected | undefined {
    if (rejections.size === 0) return undefined;
    const { metrics, log } = this.settings;
    let count = 0;
    for (const [reason, rejection] of rejections) {
      metrics.add('rejected', { signal: signal.name, reason }, rejection.count);
      count += rejection.count;
      log(`${signal.items} rejected for good: ${rejection.words}`);
    }
    const words = [...rejections.values()]
      .map((rejection) => `${rejection.count}: ${rejection.words}`)
      .join('; ');
    return { count, message: words.slice(0, MOST_MESSAGE_CHARS) };
  }

  private refusalFor(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof Undecodable) return new Refusal(400, error.message);
    // A fault of ours: the next version may be able to.
    this.settings.log(`unexpected: ${String(error)}`);
    return new Refusal(503, 'the bridge has failed');
  }

  private write(
    signal: Signal,
    response: ServerResponse,
    status: number,
    body: object,
    headers?: Readonly<Record<string, string>>,
  ): void {
    this.settings.metrics.add('requests', { signal: signal.name, code: String(status) });
    answerJson(response, status, body, headers);
  }
}

type Reason = 'no_rule' | 'no_number' | 'refused';
type Rejections = Map<Reason, { count: number; words: string }>;

const WORDS = {
  no_rule: 'without pg_otel.alert.rule, so for somebody else',
  no_number: 'neither of a gauge nor of a sum',
} as const;

function sorted(items: Iterable<Item>): { readonly breaches: Breach[]; readonly rejections: Rejections } {
  const breaches: Breach[] = [];
  const rejections: Rejections = new Map();
  for (const item of items) {
    if (item === 'nothing') continue;
    if (typeof item === 'object') breaches.push(item);
    else addRejected(rejections, item, 1, WORDS[item]);
  }
  return { breaches, rejections };
}

function addRefused(rejections: Rejections, outcome: Outcome & { type: 'refused' }, items: number): void {
  addRejected(rejections, 'refused', items, outcome.reason);
}

function addRejected(rejections: Rejections, reason: Reason, by: number, words: string): void {
  const rejection = rejections.get(reason) ?? { count: 0, words };
  rejection.count += by;
  rejections.set(reason, rejection);
}
