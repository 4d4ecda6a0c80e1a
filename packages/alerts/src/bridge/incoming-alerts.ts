import { setImmediate as nextTurn } from 'node:timers/promises';
import { Refusal } from './http/refusal';
import type { Breach } from './marks';
import type { BridgeSettings } from './options';
import { itemsOf, type Signal, type Unusable } from './otlp';

/** The maximum for one request, including resources, scopes and metrics: twenty times the batch size of an SDK. */
const MAX_ITEMS = 10_000;
/** How long one step may block the event loop, so that the bridge can answer health checks. */
const STEP_MILLIS = 10;

export type IncomingAlerts = Awaited<ReturnType<typeof incomingAlerts>>;

/**
 * Reads the alerts of a request in the format of Alertmanager's API v2 (`postableAlert`), with the number of items that each
 * one combines, and the number of items that cannot become an alert, by reason. Yields to the event loop after each step.
 *
 * An alert ends `holdSeconds` after its receipt: after an outage, an alert whose end is in the past would notify nobody. No
 * event ends an alert: in the queues of the collector, it could overtake the event that starts the alert, and it would end
 * the alerts of other operations with equal labels.
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
  const received = Date.now();
  const folds = new Map<string, Fold>();
  const unusable = new Map<Unusable, number>();
  let items = 0;
  let began = performance.now();
  for (const item of itemsOf(signal, body)) {
    if (++items > MAX_ITEMS) throw new Refusal(413, `there must be at most ${MAX_ITEMS} ${signal.items}`);
    if (typeof item === 'object') {
      const key = JSON.stringify([...item.labels].sort());
      folds.set(key, combined(folds.get(key), item, received));
      for (const { field, reason } of item.cut) metrics.add('fields_cut_total', { field, reason });
    } else if (item !== 'nothing') unusable.set(item, (unusable.get(item) ?? 0) + 1);
    if (performance.now() - began > STEP_MILLIS) {
      await nextTurn();
      aborted.throwIfAborted();
      began = performance.now();
    }
  }
  const endsAt = new Date(received + holdSeconds * 1000).toISOString();
  const folded = [...folds.values()].map(({ breach, earliest, items }) => {
    const labels = Object.fromEntries(breach.labels);
    const annotations = Object.fromEntries(breach.annotations);
    const startsAt = new Date(earliest).toISOString();
    return { alert: { labels, annotations, startsAt, endsAt }, items };
  });
  return { folded, unusable };
}

interface Fold {
  readonly breach: Breach;
  readonly earliest: number;
  readonly latest: number;
  readonly items: number;
}

/** Combines breaches with equal labels: the earliest time, and the annotations of the latest breach. */
function combined(fold: Fold | undefined, breach: Breach, received: number): Fold {
  // At most the time of receipt, since the clock of the sender may be ahead.
  const known = Math.min(Number(breach.timeUnixNano / 1_000_000n), received);
  const time = breach.timeUnixNano === 0n ? received : known;
  const { earliest = time, latest = time, items = 0 } = fold ?? {};
  return {
    breach: fold === undefined || time >= latest ? breach : fold.breach,
    earliest: Math.min(earliest, time),
    latest: Math.max(latest, time),
    items: items + 1,
  };
}
