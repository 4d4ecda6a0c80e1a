import type { Breach } from './breach';

/** As Alertmanager's API v2 takes it (`postableAlert`). */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** An alert, and how many log records or data points it stands for. */
export interface FoldedAlert {
  readonly alert: Alert;
  readonly items: number;
}

/**
 * One alert for each set of labels: with the time of the earliest breach, and what the latest says.
 *
 * It ends `holdSeconds` after its receipt. Not after its event: what is delivered after an outage would have ended by
 * then, and Alertmanager notifies nobody of it. Whoever is still over the limit is told again, and receipt by receipt
 * it lasts; nothing but silence ends it. Ends are not told: with the collector's consumers they overtake beginnings,
 * and where two operations have equal labels the end of one would be that of both.
 */
export class AlertFolds {
  private readonly folds = new Map<
    string,
    { earliest: number; latest: number; told: Breach; items: number }
  >();

  constructor(private readonly receivedAt: Date) {}

  add(breach: Breach): void {
    const { folds } = this;
    const time = startOf(breach, this.receivedAt);
    const identity = JSON.stringify([...breach.labels].sort(([one], [other]) => (one < other ? -1 : 1)));
    const fold = folds.get(identity);
    if (fold === undefined) {
      folds.set(identity, { earliest: time, latest: time, told: breach, items: 1 });
      return;
    }
    fold.items++;
    fold.earliest = Math.min(fold.earliest, time);
    if (time >= fold.latest) {
      fold.latest = time;
      fold.told = breach;
    }
  }

  alerts(holdSeconds: number): FoldedAlert[] {
    const endsAt = new Date(this.receivedAt.getTime() + holdSeconds * 1000).toISOString();
    return [...this.folds.values()].map(({ earliest, told, items }) => ({
      alert: {
        labels: Object.fromEntries(told.labels),
        annotations: Object.fromEntries(told.annotations),
        startsAt: new Date(earliest).toISOString(),
        endsAt,
      },
      items,
    }));
  }
}

/** In milliseconds. A clock that is ahead of ours would make an alert of the future. */
function startOf({ timeUnixNano }: Breach, receivedAt: Date): number {
  const received = receivedAt.getTime();
  return timeUnixNano === 0n ? received : Math.min(Number(timeUnixNano / 1_000_000n), received);
}
