/** A bucket of a Prometheus histogram: the number of values that are at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/**
 * The squared coefficient of variation of the values in a histogram. The middle of a bucket is a bad estimate: values of
 * 0.3 ms in a bucket up to 1 ms would count as 0.5 ms. The exact mean is known, so the density in each bucket is assumed
 * to fall exponentially, at the same rate in all buckets, which is chosen to give this mean.
 *
 * @returns undefined when the histogram is empty or its buckets contradict its mean
 */
export function variabilityOf(buckets: readonly Bucket[], mean: number): number | undefined {
  const ranges = rangesOf(buckets);
  const total = sum(ranges, ({ count }) => count);
  const lowest = sum(ranges, ({ count, from }) => count * from);
  const highest = sum(ranges, ({ count, to }) => count * to);
  if (!(total > 0 && mean * total > lowest && mean * total < highest)) return undefined;
  const rate = rateWithMean(ranges, mean * total);
  const secondMoment = sum(ranges, ({ count, from, to }) => {
    const { mean: share, square } = fallingOff(rate * (to - from));
    return count * (from ** 2 + 2 * from * share * (to - from) + square * (to - from) ** 2);
  });
  return Math.max(0, secondMoment / total / mean ** 2 - 1);
}

/** At larger rates, all values of a bucket are at one of its edges. */
const STEEPEST = 1e6;

/** Finds the rate by bisection: the larger the rate, the smaller the sum of all values. */
function rateWithMean(ranges: readonly Range[], wanted: number): number {
  let [low, high] = [-STEEPEST, STEEPEST];
  for (let round = 0; round < 100; round++) {
    const rate = (low + high) / 2;
    const reached = sum(ranges, ({ count, from, to }) => {
      return count * (from + fallingOff(rate * (to - from)).mean * (to - from));
    });
    if (reached > wanted) low = rate;
    else high = rate;
  }
  return (low + high) / 2;
}

/** Mean and mean square of the density e^(−rate × u) on 0 to 1. */
function fallingOff(rate: number): { mean: number; square: number } {
  if (rate < 0) {
    const { mean, square } = fallingOff(-rate);
    return { mean: 1 - mean, square: 1 - 2 * mean + square };
  }
  if (rate < 1e-3) return { mean: 1 / 2 - rate / 12, square: 1 / 3 - rate / 12 };
  const end = Math.exp(-rate);
  return {
    mean: 1 / rate - end / (1 - end),
    square: (2 / rate ** 2 - end * (1 + 2 / rate + 2 / rate ** 2)) / (1 - end),
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

function rangesOf(buckets: readonly Bucket[]): Range[] {
  const sorted = buckets
    .filter(({ count }) => Number.isFinite(count))
    .sort((one, other) => one.le - other.le);
  return sorted.map(({ le, count }, index) => {
    const { le: from, count: below } = sorted[index - 1] ?? { le: 0, count: 0 };
    // Values above the last edge are assumed to be below twice that edge.
    const to = le === Number.POSITIVE_INFINITY ? 2 * from : le;
    return { from, to, count: Math.max(0, count - below) };
  });
}

function sum(ranges: readonly Range[], of: (range: Range) => number): number {
  return ranges.reduce((total, range) => total + of(range), 0);
}
