import { type Given, isLoaded, type LoadedPlan, planOf } from './circumstances';
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

  it('a given size holds for today’s pool, and not for the new plan', () => {
    const own = { ...given, limits: { ...given.limits, overrides: { max: 3 } } };
    expect(whatIf(own, loaded(own))[0]).toMatchObject({ withTodaysPool: { max: 3 }, planned: { max: 10 } });
  });
});
