import { variabilityOf } from './variability';

/** The bucket edges of db.client.connection.use_time. */
const EDGES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, Number.POSITIVE_INFINITY];

function histogram(shareUpTo: (seconds: number) => number) {
  return EDGES.map((le) => ({ le, count: 1_000_000 * shareUpTo(le) }));
}

describe('the squared coefficient of variation from the buckets and the mean', () => {
  it.each([0.0003, 0.002, 0.007, 0.012, 0.08, 0.6, 3])('is 1 for exponential times of %d s', (mean) => {
    const buckets = histogram((seconds) => 1 - Math.exp(-seconds / mean));
    // The tolerance is larger for 3 s, because the values above the last edge are not known.
    expect(Math.abs((variabilityOf(buckets, mean) as number) - 1)).toBeLessThan(mean === 3 ? 0.05 : 1e-3);
  });

  it.each([0.012, 0.08, 0.6])('is small for constant times of %d s', (mean) => {
    const buckets = histogram((seconds) => (seconds >= mean ? 1 : 0));
    expect(variabilityOf(buckets, mean)).toBeLessThan(0.12);
  });

  it('is large where a few take very long', () => {
    // 99 % take 3 ms, 1 % take 3 s.
    const buckets = histogram((seconds) => (seconds >= 3 ? 1 : seconds >= 0.003 ? 0.99 : 0));
    const mean = 0.99 * 0.003 + 0.01 * 3;
    const exact = (0.99 * 0.003 ** 2 + 0.01 * 9) / mean ** 2 - 1;
    const found = variabilityOf(buckets, mean) as number;
    expect(found / exact).toBeGreaterThan(0.8);
    expect(found / exact).toBeLessThan(1.25);
  });

  it('does not depend on the order of the buckets', () => {
    const buckets = histogram((seconds) => 1 - Math.exp(-seconds / 0.05));
    expect(variabilityOf([...buckets].reverse(), 0.05)).toBe(variabilityOf(buckets, 0.05));
  });

  it.each([
    ['without buckets', [], 0.01],
    ['of an empty histogram', histogram(() => 0), 0.01],
    ['of a mean above all buckets', histogram((seconds) => (seconds >= 0.005 ? 1 : 0)), 5],
    ['of a mean of nothing', histogram(() => 1), 0],
    ['of counts that are none', [{ le: 1, count: Number.NaN }], 0.5],
  ])('is not known %s', (_, buckets, mean) => {
    expect(variabilityOf(buckets, mean)).toBeUndefined();
  });
});
