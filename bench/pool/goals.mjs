import { collapseBelow } from './sizes.mjs';

/** Of the plan's one number. */
export const WAIT_GOAL = 0.2;
/** Seconds that do not count: what Node's event loop and the server's clock are off by. */
export const TOLERANCE = 0.001;
/** Of the best throughput. */
export const SIZE_GOAL = 0.95;
/** Of the best throughput: less, beyond it, is called a collapse. */
export const COLLAPSE = 0.9;

/**
 * Within 20 % where the plan gives one number, inside the interval where it gives one. A goal is missed if
 * all of the confidence interval is outside, and `undecided` if the measurement is not exact enough.
 */
export function judgeWait({ measured, planned }) {
  const { p99WaitSeconds: wait, confidence } = measured;
  const { isNumber, low, high } = accepted(planned.p99WaitSeconds);
  const isMet = wait >= low && wait <= high;
  const isMissed = confidence.low > high || confidence.high < low;
  const error = isNumber && wait > TOLERANCE ? planned.p99WaitSeconds / wait - 1 : undefined;
  return { isNumber, error, verdict: isMet ? 'met' : isMissed ? 'missed' : 'undecided' };
}

/** What a measured p99 has to be between, in seconds. */
export function accepted(figure) {
  const isNumber = typeof figure === 'number';
  if (figure === 'saturated')
    return { isNumber, low: Number.POSITIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  // The error is that of the prediction, in parts of what is measured.
  const { low, high } = isNumber ? { low: figure / (1 + WAIT_GOAL), high: figure / (1 - WAIT_GOAL) } : figure;
  return {
    isNumber,
    low: low - TOLERANCE,
    high: high === 'saturated' ? Number.POSITIVE_INFINITY : high + TOLERANCE,
  };
}

export function judgeSize(result) {
  const collapse = collapseBelow(COLLAPSE, result);
  const isBefore = (size) => collapse === undefined || size < collapse;
  return {
    collapse,
    collapseVerdict: isBefore(result.plan.pool.max) && isBefore(result.byDefault.size) ? 'met' : 'missed',
    verdict: result.share >= SIZE_GOAL ? 'met' : 'missed',
  };
}
