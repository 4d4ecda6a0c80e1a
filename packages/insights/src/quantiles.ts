/** Exact quantiles of a list of durations, in seconds (nearest rank); 0 for an empty list. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Durations in ascending order. */
export const sortedOf = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/** @param sorted ascending */
export function quantilesOf(sorted: ArrayLike<number>): Quantiles {
  const at = (quantile: number) => sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Which share of the durations is at most the target; 1 for an empty list. @param sorted ascending */
export function shareWithin(sorted: ArrayLike<number>, target: number): number {
  if (sorted.length === 0) return 1;
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= target) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}
