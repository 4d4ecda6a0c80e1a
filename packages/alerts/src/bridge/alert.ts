import type { Breach } from './marks';

/** An alert in the format of Alertmanager's API v2 (`postableAlert`). */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** An alert, and the number of log records or data points that it combines. */
export interface FoldedAlert {
  readonly alert: Alert;
  readonly items: number;
}

/**
 * Combines breaches with equal labels into one alert, with the time of the earliest breach and the annotations of the
 * latest one.
 *
 * The alert ends `holdSeconds` after the bridge has received it, not after its event: after an outage, an alert whose end is
 * in the past would notify nobody. The instrumentation repeats events while a condition lasts, and each one extends the
 * alert. No event ends an alert: in the queues of the collector, it could overtake the event that starts the alert, and it
 * would end the alerts of other operations with equal labels.
 */
export class AlertFolds {
  readonly #folds = new Map<string, { earliest: number; latest: number; breach: Breach; items: number }>();
  readonly #receivedAt: Date;

  constructor(receivedAt: Date) {
    this.#receivedAt = receivedAt;
  }

  add(breach: Breach): void {
    const time = startOf(breach, this.#receivedAt);
    const key = JSON.stringify([...breach.labels].sort(([one], [other]) => (one < other ? -1 : 1)));
    const fold = this.#folds.get(key);
    if (fold === undefined) {
      this.#folds.set(key, { earliest: time, latest: time, breach, items: 1 });
      return;
    }
    fold.items++;
    fold.earliest = Math.min(fold.earliest, time);
    if (time >= fold.latest) {
      fold.latest = time;
      fold.breach = breach;
    }
  }

  alerts(holdSeconds: number): FoldedAlert[] {
    const endsAt = new Date(this.#receivedAt.getTime() + holdSeconds * 1000).toISOString();
    return [...this.#folds.values()].map(({ earliest, breach, items }) => ({
      alert: {
        labels: Object.fromEntries(breach.labels),
        annotations: Object.fromEntries(breach.annotations),
        startsAt: new Date(earliest).toISOString(),
        endsAt,
      },
      items,
    }));
  }
}

/** The start in milliseconds, at most the time of receipt, since the clock of the sender may be ahead. */
function startOf({ timeUnixNano }: Breach, receivedAt: Date): number {
  const received = receivedAt.getTime();
  return timeUnixNano === 0n ? received : Math.min(Number(timeUnixNano / 1_000_000n), received);
}
