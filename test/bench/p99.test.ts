import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { p99WithConfidence, variability } from '../../bench/pool/p99.cjs';

const generator = xoroshiro128plus(1);
const exponential = () => -Math.log(1 - uniformFloat64(generator));
const values = (count: number, one: () => number) => Array.from({ length: count }, one);

describe('the p99 of exponential values', () => {
  const expected = Math.log(100);
  const estimates = values(200, () => 0).map(() =>
    p99WithConfidence(values(30, () => 0).map(() => values(200, exponential))),
  );

  it('is that of the distribution', () => {
    const mean = estimates.reduce((sum, { p99 }) => sum + p99, 0) / estimates.length;

    expect(Math.abs(mean - expected) / expected).toBeLessThan(0.01);
  });

  it('is within its confidence interval about 95 times of 100', () => {
    const inside = estimates.filter(({ low, high }) => low <= expected && expected <= high);

    expect(inside.length / estimates.length).toBeGreaterThan(0.88);
    expect(inside.length / estimates.length).toBeLessThan(0.99);
  });
});

it('is less certain when values that follow each other are alike', () => {
  const independent = values(50, () => 0).map(() => values(200, exponential));
  const alike = independent.map((block) => block.slice(0, 20).flatMap((value) => values(10, () => value)));
  const width = ({ low, high }: { low: number; high: number }) => high - low;

  expect(width(p99WithConfidence(alike))).toBeGreaterThan(2 * width(p99WithConfidence(independent)));
});

it('variability is 0 of constant values and 1 of exponential ones', () => {
  expect(variability([3, 3, 3])).toBe(0);
  expect(variability(values(100_000, exponential))).toBeCloseTo(1, 1);
});
