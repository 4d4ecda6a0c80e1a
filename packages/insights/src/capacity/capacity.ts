import type { ConnectionReleaseMessage } from '@pg-otel/instrumentation/channels';
import { planPool } from '@pg-otel/pool-sizing';

const MAX_POOLS = 100;
/** Fewer checkouts say nothing about a load. */
const MIN_CHECKOUTS = 100;

/** The size that `@pg-otel/pool-sizing` plans for the load of a pool since the start. */
export interface CapacityAdvice {
  readonly poolName: string;
  /** Checkouts per second in the busiest 10 seconds. */
  readonly peakCheckoutsPerSecond: number;
  /** Seconds for which a connection is checked out, on average. */
  readonly useTimeSeconds: number;
  /** `max` of the plan for a production server with enough connections. */
  readonly plannedMax: number;
  /** The largest load of the planned pool as a multiple of the peak; absent when it is not known. */
  readonly headroom: number | undefined;
}

interface PoolLoad {
  checkouts: number;
  seconds: number;
  squaredSeconds: number;
  /** Since the last tick. */
  recent: number;
  peakPerSecond: number;
}

/** Measures the load of each pool. */
export class PoolLoads {
  readonly #loads = new Map<string, PoolLoad>();
  #tickedAt: number;

  constructor(now: number) {
    this.#tickedAt = now;
  }

  released({ poolName, useSeconds }: ConnectionReleaseMessage): void {
    let load = this.#loads.get(poolName);
    if (load === undefined) {
      if (this.#loads.size >= MAX_POOLS) return;
      load = { checkouts: 0, seconds: 0, squaredSeconds: 0, recent: 0, peakPerSecond: 0 };
      this.#loads.set(poolName, load);
    }
    load.checkouts += 1;
    load.recent += 1;
    load.seconds += useSeconds;
    load.squaredSeconds += useSeconds * useSeconds;
  }

  /** Called every 10 seconds. */
  tick(now: number): void {
    const seconds = Math.max(1, (now - this.#tickedAt) / 1000);
    this.#tickedAt = now;
    for (const load of this.#loads.values()) {
      load.peakPerSecond = Math.max(load.peakPerSecond, load.recent / seconds);
      load.recent = 0;
    }
  }

  advice(): CapacityAdvice[] {
    return [...this.#loads].flatMap(([poolName, load]) => {
      const { checkouts, seconds, squaredSeconds, peakPerSecond } = load;
      if (checkouts < MIN_CHECKOUTS || peakPerSecond === 0 || seconds === 0) return [];
      const useTimeSeconds = seconds / checkouts;
      const variability = squaredSeconds / checkouts / useTimeSeconds ** 2 - 1;
      const { pool, load: planned } = planPool(
        {
          peakCheckoutsPerSecond: peakPerSecond,
          useTimeSeconds,
          useTimeVariability: Math.max(0, variability),
        },
        { environment: 'production' },
      );
      return [
        {
          poolName,
          peakCheckoutsPerSecond: peakPerSecond,
          useTimeSeconds,
          plannedMax: pool.max,
          headroom: planned?.headroom ?? undefined,
        },
      ];
    });
  }
}
