import { setImmediate as nextTurn } from 'node:timers/promises';
import { Refusal } from './http/refusal';
import type { Breach } from './marks';
import type { BridgeSettings } from './options';
import { itemsOf, type Signal, type Unusable } from './otlp';

/** An alert in the format of Alertmanager's API v2 (`postableAlert`). */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** The maximum for one request, including resources, scopes and metrics: twenty times the batch size of an SDK. */
const MAX_ITEMS = 10_000;
/** How long one step may block the event loop, so that the bridge can answer health checks. */
const STEP_MILLIS = 10;

export type IncomingAlerts = Awaited<ReturnType<typeof incomingAlerts>>;

/**
 * Reads the alerts of a request, and the number of items that cannot become an alert, by reason. Yields to the event loop
 * after each step.
 *
 * @throws {Refusal} 400 if the body is not OTLP/JSON, 413 for too many items
 * @throws the reason of `aborted`
 */
export async function incomingAlerts(
  signal: Signal,
  body: Buffer,
  { holdSeconds, metrics }: Pick<BridgeSettings, 'holdSeconds' | 'metrics'>,
  aborted: AbortSignal,
) {
  aborted.throwIfAborted();
  const folds = new AlertFolds(new Date());
  const unusable = new Map<Unusable, number>();
  let items = 0;
  let began = performance.now();
  for (const item of itemsOf(signal, body)) {
    if (++items > MAX_ITEMS) throw new Refusal(413, `there must be at most ${MAX_ITEMS} ${signal.items}`);
    if (typeof item === 'object') {
      folds.add(item);
      for (const { field, reason } of item.cut) metrics.add('fields_cut_total', { field, reason });
    } else if (item !== 'nothing') unusable.set(item, (unusable.get(item) ?? 0) + 1);
    if (performance.now() - began > STEP_MILLIS) {
      await nextTurn();
      aborted.throwIfAborted();
      began = performance.now();
    }
  }
  return { folded: folds.alerts(holdSeconds), unusable };
}

/**
 * Combines breaches with equal labels into one alert, with the time of the earliest breach and the annotations of the
 * latest one.
 *
 * The alert ends `holdSeconds` after its receipt: after an outage, an alert whose end is in the past would notify nobody. No
 * event ends an alert: in the queues of the collector, it could overtake the event that starts the alert, and it would end
 * the alerts of other operations with equal labels.
 */
export class AlertFolds {
  readonly #folds = new Map<string, { earliest: number; latest: number; breach: Breach; items: number }>();
  readonly #received: number;

  constructor(receivedAt: Date) {
    this.#received = receivedAt.getTime();
  }

  add(breach: Breach): void {
    // At most the time of receipt, since the clock of the sender may be ahead.
    const time = Math.min(Number(breach.timeUnixNano / 1_000_000n), this.#received);
    const start = breach.timeUnixNano === 0n ? this.#received : time;
    const key = JSON.stringify([...breach.labels].sort());
    const fold = this.#folds.get(key) ?? { earliest: start, latest: start, breach, items: 0 };
    fold.items++;
    fold.earliest = Math.min(fold.earliest, start);
    if (start >= fold.latest) Object.assign(fold, { latest: start, breach });
    this.#folds.set(key, fold);
  }

  /** The alerts, with the number of log records or data points that each one combines. */
  alerts(holdSeconds: number): { readonly alert: Alert; readonly items: number }[] {
    const endsAt = new Date(this.#received + holdSeconds * 1000).toISOString();
    return [...this.#folds.values()].map(({ earliest, breach, items }) => {
      const labels = Object.fromEntries(breach.labels);
      const annotations = Object.fromEntries(breach.annotations);
      return { alert: { labels, annotations, startsAt: new Date(earliest).toISOString(), endsAt }, items };
    });
  }
}
