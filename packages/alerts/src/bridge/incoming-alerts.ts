import { setImmediate as nextTurn } from 'node:timers/promises';
import { AlertFolds, type FoldedAlert } from './alert';
import { Refusal } from './http/refusal';
import type { Cut } from './marks';
import type { Item, Signal } from './otlp/signals';

/** The maximum for one request, including resources, scopes and metrics: twenty times the batch size of an SDK. */
const MAX_ITEMS = 10_000;
/** How long one step may block the event loop, so that the bridge can answer health checks. */
const STEP_MILLIS = 10;

export interface IncomingAlerts {
  readonly folded: readonly FoldedAlert[];
  /** The number of items that cannot become an alert, by reason. */
  readonly rejected: ReadonlyMap<NeverAlert, number>;
}
export type NeverAlert = Extract<Item, 'no_rule' | 'no_number'>;

/**
 * Reads the alerts of a request. Yields to the event loop after each step.
 *
 * @throws {Undecodable}
 * @throws {Refusal} 413 for too many items, 503 if the time for the request is over
 */
export async function incomingAlerts(
  signal: Signal,
  request: unknown,
  holdSeconds: number,
  aborted: AbortSignal,
  whenCut: (cut: Cut) => void,
): Promise<IncomingAlerts> {
  const folds = new AlertFolds(new Date());
  const rejected = new Map<NeverAlert, number>();
  let items = 0;
  let began = performance.now();
  for (const item of signal.read(request)) {
    if (++items > MAX_ITEMS) throw new Refusal(413, `there must be at most ${MAX_ITEMS} ${signal.items}`);
    if (typeof item === 'object') {
      folds.add(item);
      item.cut.forEach(whenCut);
    } else if (item !== 'nothing') rejected.set(item, (rejected.get(item) ?? 0) + 1);
    if (performance.now() - began > STEP_MILLIS) {
      await nextTurn();
      if (aborted.aborted) throw new Refusal(503, 'the time for the request is over');
      began = performance.now();
    }
  }
  return { folded: folds.alerts(holdSeconds), rejected };
}
