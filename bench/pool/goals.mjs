import { collapseBelow } from './sizes.mjs';

/** Of the plan's one number. */
export const WAIT_GOAL = 0.2;
/** Seconds that do not count: what Node's event loop and the server's clock are off by. */
export const TOLERANCE = 0.001;
/** Of the best throughput. */
export const SIZE_GOAL = 0.95;
/** Of the best throughput: less, beyond it, is called a collapse. */
export const COLLAPSE = 0.9;

/** Within 20 % where the plan gives one number, inside the interval where it gives one. */
export function judgeWait({ measured, planned }) {
  const wait = measured.p99WaitSeconds;
  const figure = planned.p99WaitSeconds;
  if (typeof figure === 'object') {
    const high = figure.high === 'saturated' ? Number.POSITIVE_INFINITY : figure.high;
    return { isNumber: false, isMet: wait >= figure.low - TOLERANCE && wait <= high + TOLERANCE };
  }
  if (figure === 'saturated') return { isNumber: false, isMet: false };
  const isClose = Math.abs(figure - wait) <= TOLERANCE;
  return {
    isNumber: true,
    isMet: isClose || Math.abs(figure / wait - 1) <= WAIT_GOAL,
    error: figure / wait - 1,
  };
}

export function judgeSize(result) {
  const collapse = collapseBelow(COLLAPSE, result);
  const isBefore = (size) => collapse === undefined || size < collapse;
  return {
    collapse,
    isBeforeCollapse: isBefore(result.plan.pool.max) && isBefore(result.byDefault.size),
    isMet: result.share >= SIZE_GOAL,
  };
}
