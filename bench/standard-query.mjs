import { addedCost, ratio } from './added-cost.mjs';
import { named, onLoads } from './contestants.mjs';
import { isWithin } from './goals.mjs';
import { percent } from './numbers.mjs';

/**
 * The standard instrumentation on a sampled query of one row, which small costs are compared with: their times differ
 * between machines, and so does its time.
 */
export const STANDARD_QUERY = onLoads(['row'], named(['bare', 'standard'])).map((each) => ({
  ...each,
  mode: 'sampled',
}));

/**
 * The most that may be added to an operation, as a share of what the standard instrumentation adds to that query: 0.3 of
 * 6.9 µs (docs/decisions/0050-goals-of-small-costs-are-shares.md).
 */
const LIMIT = 0.043;

/** @param measured results by load, with those of `STANDARD_QUERY` */
export function shareOfStandard(added, { row: { bare, standard } }) {
  return ratio(added, addedCost(standard.cpu, bare.cpu));
}

/** The goal that a share is within the limit for so many operations. */
export function shareGoal({ operations, ...goal }, share) {
  const limit = LIMIT * operations;
  return {
    ...goal,
    limit: `${(100 * limit).toFixed(1)} % of standard`,
    measured: `${percent(share)} %`,
    isMet: isWithin(share, limit),
  };
}
