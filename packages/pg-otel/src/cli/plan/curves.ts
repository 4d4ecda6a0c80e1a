import type { WaitFigure } from '@pg-otel/pool-sizing';
import { fleetRate, type Given, type LoadedPlan, planUnder, waitOf } from './circumstances';

/** The p99 wait by pool size and by load; everything else stays the same. */
export interface Curves {
  readonly byPoolSize: readonly {
    readonly max: number;
    readonly utilisation: number;
    readonly p99WaitSeconds: WaitFigure;
  }[];
  /** Waits with the planned pool size. */
  readonly byLoad: readonly {
    readonly loadFactor: number;
    /** The rate of the whole fleet. */
    readonly checkoutsPerSecond: number;
    readonly utilisation: number;
    readonly p99WaitSeconds: WaitFigure;
  }[];
}

const LOAD_FACTORS = [
  0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20,
];
/** Below this utilisation, waits are too short to be shown. */
const MIN_UTILISATION = 0.25;
const MAX_SIZES = 12;
/** The largest accepted size of a pool. */
const LARGEST = 10_000;

export function curves(given: Given, today: LoadedPlan): Curves {
  return {
    byPoolSize: sizesToShow(today).flatMap((max) => {
      const plan = planUnder(given, today, { max });
      return plan === undefined ? [] : [{ max, ...waitOf(plan) }];
    }),
    byLoad: loadsToShow(today.load.utilisation).flatMap((loadFactor) => {
      const plan = planUnder(given, today, { loadFactor, max: today.pool.max });
      return plan === undefined ? [] : [{ loadFactor, checkoutsPerSecond: fleetRate(plan), ...waitOf(plan) }];
    }),
  };
}

/** From the largest saturated size to 25 % above the planned and the needed size, which are both included. */
export function sizesToShow({ pool, connections, load }: LoadedPlan): number[] {
  const needed = connections.needed ?? pool.max;
  const to = Math.min(LARGEST, Math.ceil(Math.max(pool.max, needed) * 1.25));
  const from = Math.max(1, Math.min(to, Math.floor(load.offeredLoad), pool.max));
  const step = Math.max(1, Math.ceil((to - from) / (MAX_SIZES - 1)));
  const sizes = new Set([pool.max, needed].filter((size) => size <= LARGEST));
  for (let size = from; size <= to; size += step) sizes.add(size);
  return [...sizes].sort((one, other) => one - other);
}

/** Multiples of today's load: down to where nothing waits, and up to the first that saturates the pool. */
export function loadsToShow(utilisation: number): number[] {
  const saturating = LOAD_FACTORS.find((factor) => factor * utilisation >= 1) ?? Number.POSITIVE_INFINITY;
  return LOAD_FACTORS.filter(
    (factor) =>
      factor === 1 ||
      (factor <= saturating &&
        (factor > 1 || factor * utilisation >= MIN_UTILISATION || factor === saturating)),
  );
}
