import type { Limits } from './limits';
import type { Load } from './load';
import { GUESSED_USE_TIME_SECONDS } from './load';

/** The pool size above which more connections hardly add throughput, because the server's cores are busy. */
export interface CpuKnee {
  /** Connections of one process that keep its part of the cores busy, if checkouts overlap perfectly. */
  readonly connections: number;
  /**
   * Three times the knee, because checkouts do not overlap perfectly. In measurements (`npm run bench:pool`), CPU-bound
   * work reaches its best throughput at the knee and loses nothing above. Work that also waits comes about 5 % closer to
   * its best throughput at three times the knee than at twice.
   */
  readonly ceiling: number;
  /** Checkouts per second that the cores can do for this process. */
  readonly checkoutsPerSecond: number;
}

const MAX_KNEES = 3;

/** @returns undefined unless both the cores and the CPU time of a checkout are known */
export function cpuKnee(load: Load, limits: Limits): CpuKnee | undefined {
  const { cpuSecondsPerCheckout, useTimeSeconds = GUESSED_USE_TIME_SECONDS } = load;
  const { cores, processes = 1 } = limits;
  if (cpuSecondsPerCheckout === undefined || cores === undefined) return undefined;
  const checkoutsPerSecond = cores / cpuSecondsPerCheckout / processes;
  const connections = checkoutsPerSecond * useTimeSeconds;
  const ceiling = Math.max(1, Math.ceil(MAX_KNEES * connections * (1 - 1e-9)));
  return { connections, ceiling, checkoutsPerSecond };
}
