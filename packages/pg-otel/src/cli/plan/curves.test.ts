import { type Given, isLoaded, type LoadedPlan, planOf } from './circumstances';
import { curves, loadsToShow, sizesToShow } from './curves';

const env = { NODE_ENV: 'production' };
const given: Given = {
  env,
  load: { peakCheckoutsPerSecond: 400, useTimeSeconds: 0.02 },
  limits: { processes: 2, serverConnections: 100 },
};
function loaded(of = given): LoadedPlan {
  const plan = planOf(of);
  if (!isLoaded(plan)) throw new Error('no load');
  return plan;
}

describe('the sizes of the picture', () => {
  it('begin where the pool is saturated, and have the planned and the needed one', () => {
    const plan = loaded();
    expect(plan.load.offeredLoad).toBeCloseTo(4);
    const sizes = sizesToShow(plan);
    expect(sizes[0]).toBe(4);
    expect(sizes).toEqual(expect.arrayContaining([plan.pool.max, plan.connections.needed]));
    expect(sizes.at(-1)).toBeGreaterThan(plan.pool.max);
  });

  it.each([1, 40, 4_000, 400_000, 4e8])('are few and accepted, also at %d checkouts/s', (rate) => {
    const sizes = sizesToShow(loaded({ ...given, load: { ...given.load, peakCheckoutsPerSecond: rate } }));
    expect(sizes.length).toBeGreaterThanOrEqual(2);
    expect(sizes.length).toBeLessThanOrEqual(14);
    expect(sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 10_000)).toBe(true);
    expect(sizes).toEqual([...new Set(sizes)].sort((one, other) => one - other));
  });
});

describe('the loads of the picture', () => {
  it.each([
    [0.5, [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 2]],
    [1.2, [0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [20, [0.05, 1]],
    [0.01, [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 15, 20]],
  ])('at a utilisation of %d are %j: to the first that saturates', (utilisation, factors) => {
    expect(loadsToShow(utilisation)).toEqual(factors);
  });
});

it('a larger pool waits no longer, more load waits no shorter', () => {
  const { byPoolSize, byLoad } = curves(given, loaded());
  const high = ({ p99WaitSeconds: wait }: { p99WaitSeconds: unknown }) =>
    wait === 'saturated'
      ? Number.POSITIVE_INFINITY
      : typeof wait === 'number'
        ? wait
        : (wait as { low: number }).low;
  const bySize = byPoolSize.map(high);
  expect(bySize).toEqual([...bySize].sort((one, other) => other - one));
  const growing = byLoad.map(high);
  expect(growing).toEqual([...growing].sort((one, other) => one - other));
  expect(byLoad.map(({ checkoutsPerSecond, loadFactor }) => checkoutsPerSecond / loadFactor)).toEqual(
    byLoad.map(() => expect.closeTo(400)),
  );
});

it('passes through today', () => {
  const plan = loaded();
  const { utilisation, p99WaitSeconds, checkoutsPerSecond } = plan.load;
  const { byPoolSize, byLoad } = curves(given, plan);
  expect(byPoolSize.find(({ max }) => max === plan.pool.max)).toEqual({
    max: plan.pool.max,
    utilisation,
    p99WaitSeconds,
  });
  expect(byLoad.find(({ loadFactor }) => loadFactor === 1)).toEqual({
    loadFactor: 1,
    checkoutsPerSecond: 2 * checkoutsPerSecond,
    utilisation,
    p99WaitSeconds,
  });
});
