import type { Limits } from './limits';
import type { Load } from './load';
import { batchMeanWait, batchWaitProbability, type CoreSharing } from './queueing';

/** The cores of the server, and the part of them that a checkout uses. */
export interface SharedCores {
  readonly cores: number;
  readonly processes: number;
  readonly cpuSeconds: number;
  /**
   * An upper bound of the wait for cores in the measured use time. It is computed for the measured rate in pools without
   * waits, and is 0 if the use time or the rate was not measured.
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

/** The part of all cores that the load uses; above 1, they are saturated. */
export function cpuUtilisation(checkoutsPerSecond: number, shared: SharedCores): number {
  return (checkoutsPerSecond * shared.cpuSeconds * shared.processes) / shared.cores;
}

/**
 * The cores for one process: those that the other processes, with the same load, leave on average. A checkout with more
 * CPU time than use time runs on several cores at once.
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

/** The mean time in seconds that a checkout waits for shared cores, in pools without waits. */
function waitForCores(checkoutsPerSecond: number, cpuSeconds: number, cores: number): number {
  if (checkoutsPerSecond === 0) return 0;
  const sharing = { cores, cpuShare: 1 };
  const whole = Math.ceil(cores);
  const offered = checkoutsPerSecond * cpuSeconds;
  const wait = batchMeanWait(whole, offered, cpuSeconds, 1, sharing);
  if (wait === 'saturated') return Number.POSITIVE_INFINITY;
  // With a fraction of a core, a checkout takes longer as well.
  return wait + ((whole - cores) * batchWaitProbability(whole, offered, 1, sharing)) / checkoutsPerSecond;
}
