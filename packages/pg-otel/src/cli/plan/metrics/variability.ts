/** A bucket of a histogram as Prometheus has it: how many values are at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/**
 * The squared coefficient of variation of what a histogram holds. Its mean is known exactly, so the values of each
 * bucket are put at that share of its width that gives this mean (the middle would make 0.3 ms in a bucket up to
 * 1 ms look 0.5 ms long, and vary more than it does), and spread around it as widely as a share can be on average.
 *
 * @returns undefined when the histogram holds nothing, or its buckets contradict its mean
 */
export function variabilityOf(buckets: readonly Bucket[], mean: number): number | undefined {
  const ranges = rangesOf(buckets);
  const total = sum(ranges, ({ count }) => count);
  const width = sum(ranges, ({ count, from, to }) => count * (to - from));
  if (!(total > 0 && width > 0 && mean > 0)) return undefined;
  const share = (mean * total - sum(ranges, ({ count, from }) => count * from)) / width;
  if (!(share > 0 && share < 1)) return undefined;
  const secondMoment = sum(ranges, ({ count, from, to }) => {
    const middle = from + share * (to - from);
    const spread = (share * (1 - share) * (to - from) ** 2) / 3;
    return (count / total) * (middle ** 2 + spread);
  });
  return Math.max(0, secondMoment / mean ** 2 - 1);
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
    // What is above the last edge has no end: it is taken to be within twice that edge.
    const to = le === Number.POSITIVE_INFINITY ? 2 * from : le;
    return { from, to, count: Math.max(0, count - below) };
  });
}

function sum(ranges: readonly Range[], of: (range: Range) => number): number {
  return ranges.reduce((total, range) => total + of(range), 0);
}
