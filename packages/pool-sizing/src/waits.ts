import type { Demand } from './load';
import {
  batchMeanWait,
  batchWaitExceeds,
  batchWaitProbability,
  batchWaitQuantile,
  variabilityFactor,
  type Wait,
} from './queueing';

/** Between which the value is, where the figures do not carry one number. */
export interface Interval {
  readonly low: number;
  readonly high: Wait;
}

/** Seconds, an interval of seconds, or `'saturated'`: the queue only grows. */
export type WaitFigure = Wait | Interval;

export interface Waits {
  /** Share of the checkouts that wait. */
  readonly probability: number | Interval;
  readonly mean: WaitFigure;
  readonly p99: WaitFigure;
}

/** From here on the wait depends more on the use time than anybody can measure it: +2 % are +16 % at 0.8. */
const STEEP_UTILISATION = 0.7;
/** How well a measured use time is known, and how well a guessed one. */
const MEASURED = { low: 0.95, high: 1.05 };
const GUESSED = { low: 0.5, high: 2 };
/** Within a fifth of exponential times, one number is as good as the 20 % that the law is held to. */
const NEARLY_EXPONENTIAL = { low: 0.8, high: 1.25 };
/** What simulated tails of constant to log-normal times (cv² 0 to 50) lie outside of the exponential and the scaled one. */
const TAIL_MARGIN = { low: 0.75, high: 1.25 };

const P99 = 0.99;
/** The least difference that counts, so that a rate per minute and the same per hour give the same plan. */
export const ROUNDING = 1e-9;

/** Offered load in erlangs. */
export function offeredLoad(demand: Demand): number {
  return demand.checkoutsPerSecond * demand.useTimeSeconds;
}

/** The p99 wait the size is chosen by: that of the batch queue, scaled by the variability. */
export function expectedP99(connections: number, demand: Demand): Wait {
  const { useTimeSeconds, batchSize } = demand;
  const wait = batchWaitQuantile(connections, offeredLoad(demand), useTimeSeconds, batchSize, P99);
  return scaled(wait, factorOf(demand));
}

/** Whether the expected p99 wait is within the target; cheaper than the wait itself. */
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

/** Probability, mean and p99 of waiting for one of so many connections. */
export function waitsAt(connections: number, demand: Demand): Waits {
  const factor = factorOf(demand);
  const point = (useTimeFactor: number): { probability: number; mean: Wait; p99: Wait } => {
    const useTimeSeconds = demand.useTimeSeconds * useTimeFactor;
    const offered = demand.checkoutsPerSecond * useTimeSeconds;
    return {
      probability: batchWaitProbability(connections, offered, demand.batchSize),
      mean: scaled(batchMeanWait(connections, offered, useTimeSeconds, demand.batchSize), factor),
      p99: batchWaitQuantile(connections, offered, useTimeSeconds, demand.batchSize, P99),
    };
  };

  if (isOneNumber(connections, demand)) {
    const { probability, mean, p99 } = point(1);
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

/** Allen–Cunneen holds for the mean; the tail is between that of exponential times and the scaled one, or near it. */
function tailFactors(factor: number): { low: number; high: number } {
  if (isNearlyExponential(factor)) return { low: Math.min(1, factor), high: Math.max(1, factor) };
  return { low: Math.min(1, factor) * TAIL_MARGIN.low, high: Math.max(1, factor) * TAIL_MARGIN.high };
}

function isNearlyExponential(factor: number): boolean {
  return factor >= NEARLY_EXPONENTIAL.low && factor <= NEARLY_EXPONENTIAL.high;
}

function isOneNumber(connections: number, demand: Demand): boolean {
  return (
    demand.checkoutsPerSecond === 0 ||
    (demand.isUseTimeMeasured &&
      offeredLoad(demand) <= STEEP_UTILISATION * connections * (1 + ROUNDING) &&
      isNearlyExponential(factorOf(demand)))
  );
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
