import type { Demand } from './load';
import {
  batchMeanWait,
  batchWaitExceeds,
  batchWaitProbability,
  batchWaitQuantile,
  type CoreSharing,
  capacity,
  variabilityFactor,
  type Wait,
} from './queueing';
import { cpuUtilisation, sharingOf } from './shared-cores';

/** The lower and upper bound of a value that the inputs do not determine exactly. */
export interface Interval {
  readonly low: number;
  readonly high: Wait;
}

/** Seconds, an interval of seconds, or `'saturated'` when the queue only grows. */
export type WaitFigure = Wait | Interval;

export interface Waits {
  /** Share of the checkouts that wait. */
  readonly probability: number | Interval;
  readonly mean: WaitFigure;
  readonly p99: WaitFigure;
}

/** Above this utilisation, small errors in the use time change the wait a lot: +2 % become +16 % at 0.8. */
const STEEP_UTILISATION = 0.7;
/** An assumption about the use time: its error, and whether it already contains the wait for cores. */
interface Reading {
  readonly factor: number;
  readonly contained: 0 | 1;
}
const AS_GIVEN: Reading = { factor: 1, contained: 0 };
/** The error of a measured and of a guessed use time. */
const MEASURED: Record<'low' | 'high', Reading> = {
  low: { factor: 0.95, contained: 1 },
  high: { factor: 1.05, contained: 0 },
};
const GUESSED: typeof MEASURED = { low: { factor: 0.5, contained: 1 }, high: { factor: 2, contained: 0 } };
/** Within this range of the variability factor, one number is as exact as the approximation itself. */
const NEARLY_EXPONENTIAL = { low: 0.8, high: 1.25 };
/** Simulated tails of constant to log-normal times (cv² 0 to 50) are outside the two computed ones by at most this. */
const TAIL_MARGIN = { low: 0.75, high: 1.25 };

const P99 = 0.99;
/** Smaller differences are ignored, so that a rate per minute and the same rate per hour give the same plan. */
export const ROUNDING = 1e-9;

/** Offered load in erlangs. */
export function offeredLoad(demand: Demand): number {
  return demand.checkoutsPerSecond * demand.useTimeSeconds;
}

/** The p99 wait as one number: that of the batch queue, scaled by the variability. */
export function expectedP99(connections: number, demand: Demand): Wait {
  const { checkoutsPerSecond, batchSize } = demand;
  const { seconds, sharing } = serviceOf(demand);
  const wait = batchWaitQuantile(connections, checkoutsPerSecond * seconds, seconds, batchSize, P99, sharing);
  return scaled(wait, factorOf(demand));
}

/**
 * Whether the expected p99 wait is within the target, which is cheaper to compute than the wait. A lack of cores is
 * ignored, because the result chooses the size, and more connections do not add cores.
 */
export function isWithin(targetSeconds: number, connections: number, demand: Demand): boolean {
  const offered = offeredLoad(demand);
  if (offered >= connections) return false;
  const factor = factorOf(demand);
  if (factor === 0) return true;
  const { useTimeSeconds, batchSize } = demand;
  const unscaled = Math.min((targetSeconds / factor) * (1 + ROUNDING), Number.MAX_VALUE);
  const longer = batchWaitExceeds(connections, offered, useTimeSeconds, batchSize, unscaled);
  return longer <= (1 - P99) * (1 + ROUNDING);
}

/** Probability, mean and p99 of the wait for one of the connections. */
export function waitsAt(connections: number, demand: Demand): Waits {
  const factor = factorOf(demand);
  const point = (reading: Reading): { probability: number; mean: Wait; p99: Wait } => {
    const { seconds, sharing } = serviceOf(demand, reading);
    const { checkoutsPerSecond, batchSize } = demand;
    const offered = checkoutsPerSecond * seconds;
    return {
      probability: batchWaitProbability(connections, offered, batchSize, sharing),
      mean: scaled(batchMeanWait(connections, offered, seconds, batchSize, sharing), factor),
      p99: batchWaitQuantile(connections, offered, seconds, batchSize, P99, sharing),
    };
  };

  if (isOneNumber(connections, demand)) {
    const { probability, mean, p99 } = point(AS_GIVEN);
    return { probability, mean, p99: scaled(p99, factor) };
  }
  const known = demand.isUseTimeMeasured ? MEASURED : GUESSED;
  const low = point(known.low);
  const high = point(known.high);
  const tail = tailFactors(factor);
  return {
    probability:
      low.probability === high.probability
        ? low.probability
        : { low: low.probability, high: high.probability },
    mean: between(low.mean, high.mean),
    p99: between(scaled(low.p99, tail.low), scaled(high.p99, tail.high)),
  };
}

/** Allen–Cunneen holds for the mean. The tail is between that of exponential times and the scaled one, with a margin. */
function tailFactors(factor: number): { low: number; high: number } {
  if (isNearlyExponential(factor)) return { low: Math.min(1, factor), high: Math.max(1, factor) };
  return { low: Math.min(1, factor) * TAIL_MARGIN.low, high: Math.max(1, factor) * TAIL_MARGIN.high };
}

function isNearlyExponential(factor: number): boolean {
  return factor >= NEARLY_EXPONENTIAL.low && factor <= NEARLY_EXPONENTIAL.high;
}

function isOneNumber(connections: number, demand: Demand): boolean {
  const { seconds, sharing } = serviceOf(demand);
  const most = STEEP_UTILISATION * capacity(connections, sharing);
  return (
    demand.checkoutsPerSecond === 0 ||
    (demand.isUseTimeMeasured &&
      demand.checkoutsPerSecond * seconds <= most * (1 + ROUNDING) &&
      isNearlyExponential(factorOf(demand)) &&
      areCoresAtEase(demand))
  );
}

/** Whether the cores are far from saturation, and the wait for them is below the error of the use time. */
function areCoresAtEase({ sharedCores, checkoutsPerSecond, useTimeSeconds }: Demand): boolean {
  return (
    sharedCores === undefined ||
    (cpuUtilisation(checkoutsPerSecond, sharedCores) <= STEEP_UTILISATION * (1 + ROUNDING) &&
      sharedCores.contentionSeconds <= (1 - MEASURED.low.factor) * useTimeSeconds)
  );
}

/** A use without contention, and its slowdown by shared cores. */
function serviceOf(
  demand: Demand,
  { factor, contained }: Reading = AS_GIVEN,
): { seconds: number; sharing?: CoreSharing } {
  const { sharedCores, isUseTimeMeasured, checkoutsPerSecond, useTimeSeconds } = demand;
  if (sharedCores === undefined) return { seconds: useTimeSeconds * factor };
  const seconds = (useTimeSeconds - contained * sharedCores.contentionSeconds) * factor;
  // It has the same error as the use time that was measured with it.
  const cpuSeconds = sharedCores.cpuSeconds * (isUseTimeMeasured ? factor : 1);
  return { seconds, sharing: sharingOf(sharedCores, checkoutsPerSecond, seconds, cpuSeconds) };
}

function factorOf({ arrivalVariability, useTimeVariability, batchSize }: Demand): number {
  return variabilityFactor(arrivalVariability, useTimeVariability, batchSize);
}

function scaled(wait: Wait, factor: number): Wait {
  return wait === 'saturated' ? wait : wait * factor;
}

function between(low: Wait, high: Wait): WaitFigure {
  return low === 'saturated' || low === high ? low : { low, high };
}
