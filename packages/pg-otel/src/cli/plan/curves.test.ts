import { type Given, isLoaded, type LoadedPlan, planOf, planUnder } from './circumstances';
import { curves, loadsToShow, sizesToShow } from './curves';
import { whatIf } from './what-if';

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

describe('what if', () => {
  it('nothing changes: as planned', () => {
    const plan = loaded();
    expect(whatIf(given, plan)[0]).toEqual({
      scenario: 'today',
      loadFactor: 1,
      processes: 2,
      withTodaysPool: {
        max: plan.pool.max,
        utilisation: plan.load.utilisation,
        p99WaitSeconds: plan.load.p99WaitSeconds,
      },
      planned: {
        max: plan.pool.max,
        bound: plan.bound,
        needed: plan.connections.needed,
        p99WaitSeconds: plan.load.p99WaitSeconds,
        fleetConnections: 2 * plan.pool.max,
      },
    });
  });

  it('the load grows, or a process is lost: the pool of today is busier by as much', () => {
    const plan = loaded();
    const { utilisation } = plan.load;
    const [, twice, fiveTimes, lost] = whatIf(given, plan);
    expect(twice?.withTodaysPool?.utilisation).toBeCloseTo(2 * utilisation);
    expect(fiveTimes?.withTodaysPool?.utilisation).toBeCloseTo(5 * utilisation);
    expect(fiveTimes?.withTodaysPool?.p99WaitSeconds).toBe('saturated');
    expect(fiveTimes?.planned?.max).toBeGreaterThan(20);
    expect(lost).toMatchObject({ processes: 1, planned: { fleetConnections: lost?.planned?.max } });
    expect(lost?.withTodaysPool?.utilisation).toBeCloseTo(2 * utilisation);
  });

  it('the only process is lost: nobody is left', () => {
    const alone = { ...given, limits: { processes: 1 } };
    expect(whatIf(alone, loaded(alone)).at(-1)).toMatchObject({
      processes: 0,
      withTodaysPool: null,
      planned: null,
    });
  });

  it('the load is already the largest that can be planned for: no plan for more', () => {
    const most = { ...given, load: { ...given.load, peakCheckoutsPerSecond: 1e9 } };
    expect(whatIf(most, loaded(most))[1]).toMatchObject({ withTodaysPool: null, planned: null });
  });

  it('a size of one’s own holds for today’s pool, and not for the new plan', () => {
    const own = { ...given, limits: { ...given.limits, overrides: { max: 3 } } };
    expect(whatIf(own, loaded(own))[0]).toMatchObject({ withTodaysPool: { max: 3 }, planned: { max: 10 } });
  });
});

it('keeps what the environment says of batches and the server, and not its load', () => {
  const of = {
    ...given,
    env: { ...env, PEAK_RPS: '100', DATABASE_URL: 'postgres://ep-a-pooler.eu.neon.tech/shop' },
    load: { queriesPerRequest: 4, useTimeSeconds: 0.02 },
  };
  const today = loaded(of);
  expect(planUnder(of, today, {})).toEqual({ ...today, reasons: expect.any(Array) });
  expect(planUnder(of, today, { loadFactor: 0.5 })?.load.checkoutsPerSecond).toBe(100);
});
