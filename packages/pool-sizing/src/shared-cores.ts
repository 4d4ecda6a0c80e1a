import type { Limits } from './limits';
import type { Load } from './load';
import { batchMeanWait, batchWaitProbability, type CoreSharing } from './queueing';

/** The server's cores, and what a checkout takes of them. */
export interface SharedCores {
  readonly cores: number;
  readonly processes: number;
  readonly cpuSeconds: number;
  /**
   * Up to how much of the use time is waiting for cores already: in pools so large that they hold nobody back, at the
   * rate that was measured with it. 0 for a guess, and for a use time without that rate.
   */
  readonly contentionSeconds: number;
}

/** @returns undefined unless both the cores and the CPU time of a checkout are known */
export function sharedCores(load: Load, { cores, processes = 1 }: Limits): SharedCores | undefined {
  const { cpuSecondsPerCheckout: cpuSeconds, peakCheckoutsPerSecond = 0, useTimeSeconds } = load;
  if (cores === undefined || cpuSeconds === undefined) return undefined;
  const contention =
    useTimeSeconds === undefined ? 0 : waitForCores(peakCheckoutsPerSecond, cpuSeconds, cores);
  const most = Math.max(0, (useTimeSeconds ?? 0) - cpuSeconds);
  return { cores, processes, cpuSeconds, contentionSeconds: Math.min(contention, most) };
}

/** Part of all cores that the load takes; above 1 they are saturated. */
export function cpuUtilisation(checkoutsPerSecond: number, shared: SharedCores): number {
  return (checkoutsPerSecond * shared.cpuSeconds * shared.processes) / shared.cores;
}

/**
 * What there is for one process: the cores that the others, at the same load, leave on average. A checkout that takes
 * more CPU time than time runs on several cores at once.
 */
export function sharingOf(
  { cores, processes }: SharedCores,
  checkoutsPerSecond: number,
  useTimeSeconds: number,
  cpuSeconds: number,
): CoreSharing {
  const others = (processes - 1) * checkoutsPerSecond * cpuSeconds;
  return {
    cores: Math.max(cores / processes, cores - others) * Math.min(1, useTimeSeconds / cpuSeconds),
    cpuShare: Math.min(1, cpuSeconds / useTimeSeconds),
  };
}

/** Mean seconds by which sharing cores makes a checkout longer, in pools that hold nobody back. */
function waitForCores(checkoutsPerSecond: number, cpuSeconds: number, cores: number): number {
  if (checkoutsPerSecond === 0) return 0;
  const sharing = { cores, cpuShare: 1 };
  const whole = Math.ceil(cores);
  const offered = checkoutsPerSecond * cpuSeconds;
  const wait = batchMeanWait(whole, offered, cpuSeconds, 1, sharing);
  if (wait === 'saturated') return Number.POSITIVE_INFINITY;
  // Those who have got a core that is only a part of one take longer as well.
  return wait + ((whole - cores) * batchWaitProbability(whole, offered, 1, sharing)) / checkoutsPerSecond;
}
