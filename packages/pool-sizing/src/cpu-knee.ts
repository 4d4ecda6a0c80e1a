import type { Limits } from './limits';
import type { Load } from './load';
import { GUESSED_USE_TIME_SECONDS } from './load';

/** How many connections of one process keep its part of the server's cores busy, without any luck in timing. */
export interface CpuKnee {
  readonly connections: number;
  /**
   * Three times the knee: uses do not overlap perfectly, so that the best throughput lies above it. Measured
   * (`npm run bench:pool`), CPU-bound work has it from the knee on and loses nothing beyond; work that also waits is
   * about 5 % nearer to it at three times the knee than at twice.
   */
  readonly ceiling: number;
  /** Checkouts per second that the cores can do for this process. */
  readonly checkoutsPerSecond: number;
}

const MOST_KNEES = 3;

/** @returns undefined unless both the cores and the CPU time of a checkout are known */
export function cpuKnee(load: Load, limits: Limits): CpuKnee | undefined {
  const { cpuSecondsPerCheckout, useTimeSeconds = GUESSED_USE_TIME_SECONDS } = load;
  const { cores, processes = 1 } = limits;
  if (cpuSecondsPerCheckout === undefined || cores === undefined) return undefined;
  const checkoutsPerSecond = cores / cpuSecondsPerCheckout / processes;
  const connections = checkoutsPerSecond * useTimeSeconds;
  const ceiling = Math.max(1, Math.ceil(MOST_KNEES * connections * (1 - 1e-9)));
  return { connections, ceiling, checkoutsPerSecond };
}
