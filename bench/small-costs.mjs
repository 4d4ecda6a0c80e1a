import { addedCost, median, ratio } from './added-cost.mjs';
import { byLoad, named, onLoads } from './contestants.mjs';
import { isWithin } from './goals.mjs';
import { percent } from './numbers.mjs';
import { measure } from './rounds.mjs';

/**
 * The standard instrumentation on a sampled query of one row, which small costs are compared with: their times differ
 * between machines, and so does its time.
 */
const STANDARD_QUERY = onLoads(['row'], named(['bare', 'standard'])).map((each) => ({
  ...each,
  mode: 'sampled',
}));

/**
 * The most that may be added to an operation, as a share of what the standard instrumentation adds to that query: 0.3 of
 * 6.9 µs (docs/decisions/0050-goals-of-small-costs-are-shares.md).
 */
const LIMIT = 0.043;

/**
 * Measures costs that are smaller than the differences between processes of the same program: in more processes. All of
 * them have loaded what an application loads. One that has loaded hardly more than pg runs each query faster, so a package
 * would also cost what any other package costs there (docs/decisions/0049-what-insights-add-to-a-query.md).
 *
 * @returns the number of `processes` of each contestant, and the results by load, with those of the standard query
 */
export async function measureSmallCosts({ effort, ...at }, contestants) {
  const { launches, rounds } = effort.smallCosts;
  const inApplications = [...STANDARD_QUERY, ...contestants].map((each) => ({
    ...each,
    inApplication: true,
  }));
  const measured = await measure({
    ...at,
    effort: { ...effort, launches, rounds },
    contestants: inApplications,
  });
  return { processes: launches, loads: byLoad(measured) };
}

/**
 * What `values` add to `base`. `median` of the differences within a round; `least`, the median of the differences between
 * the best rounds of two processes that were measured together. The best rounds of all processes would show which
 * contestant had the luckiest process.
 */
export function smallCost(values, base, processes) {
  const bestRounds = (of) => {
    const rounds = of.length / processes;
    return Array.from({ length: processes }, (_, nth) =>
      Math.min(...of.slice(nth * rounds, (nth + 1) * rounds)),
    );
  };
  const leasts = bestRounds(base);
  return {
    median: addedCost(values, base).median,
    least: median(bestRounds(values).map((value, nth) => value - leasts[nth])),
  };
}

export function shareOfStandard(added, { processes, loads: { row } }) {
  return ratio(added, smallCost(row.standard.cpu, row.bare.cpu, processes));
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
