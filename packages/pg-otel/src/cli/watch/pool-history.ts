import type { AllPerformanceData } from '@pg-otel/insights';

/** As many as the widest chart has columns. */
const KEPT_SAMPLES = 300;

/** A pool at one update. */
export interface PoolSample {
  readonly used: number;
  readonly pending: number;
}

/** The pools at each update, which the data does not have. */
export class PoolHistory {
  #samples = new Map<string, PoolSample[]>();

  /** Pools that are no longer in the data are dropped. */
  add({ pools: { pools } }: AllPerformanceData): void {
    this.#samples = new Map(
      pools.map(({ poolName, used, pending }) => {
        const samples = this.#samples.get(poolName) ?? [];
        samples.push({ used, pending });
        if (samples.length > KEPT_SAMPLES) samples.shift();
        return [poolName, samples];
      }),
    );
  }

  of(poolName: string): readonly PoolSample[] {
    return this.#samples.get(poolName) ?? [];
  }
}
