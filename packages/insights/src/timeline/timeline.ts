import type { PoolFigures } from '@pg-otel/instrumentation/channels';
import { type Quantiles, quantilesOf, sortedOf } from '../quantiles';
import type { QueryWindow } from '../queries/query-window';
import { Ring } from '../ring';

/** An hour of points. With the figures of 10 pools, a point takes about 1.5 kB. */
const KEPT_POINTS = 360;
/** The most pools of a point, those with the most connections in use. */
const MAX_POOLS = 10;

/** A pool at the end of a point's time. */
export interface PoolPoint {
  readonly poolName: string;
  readonly used: number;
  readonly idle: number;
  readonly pending: number;
  readonly limit: number;
}

/** What happened in the 10 seconds before a moment. */
export interface TimelinePoint {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The seconds that it is about. */
  readonly seconds: number;
  /** Queries that ended. */
  readonly count: number;
  /** Of the queries that the window still held: at most its size. */
  readonly failed: number;
  /** Of the queries that the window still held, in seconds. */
  readonly quantiles: Quantiles;
  readonly pools: readonly PoolPoint[];
}

/** The points of the last hour. */
export class Timeline {
  readonly #points = new Ring<TimelinePoint>(KEPT_POINTS);
  #read = 0;
  #addedAt: number;

  constructor(now: number) {
    this.#addedAt = now;
  }

  /** Adds a point for the time since the last one. */
  add(window: QueryWindow, pools: readonly PoolFigures[], now: number): void {
    const durations: number[] = [];
    let failed = 0;
    window.forEach((_summary, seconds, _endedAt, isFailed) => {
      durations.push(seconds);
      if (isFailed) failed += 1;
    }, this.#read);
    this.#points.add({
      at: now,
      seconds: (now - this.#addedAt) / 1000,
      count: window.added - this.#read,
      failed,
      quantiles: quantilesOf(sortedOf(durations)),
      pools: [...pools]
        .sort((one, other) => other.used - one.used)
        .slice(0, MAX_POOLS)
        .map(({ poolName, used, idle, pending, limit }) => ({ poolName, used, idle, pending, limit })),
    });
    this.#read = window.added;
    this.#addedAt = now;
  }

  toArray(): TimelinePoint[] {
    return this.#points.toArray();
  }
}
