import { type Given, isLoaded, type LoadedPlan, planOf, planUnder } from './circumstances';

function loaded(given: Given): LoadedPlan {
  const plan = planOf(given);
  if (!isLoaded(plan)) throw new Error('no load');
  return plan;
}

const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://ep-a-pooler.eu.neon.tech/shop' };
const limits = { processes: 2, serverConnections: 100 };

it.each<[string, Given]>([
  [
    'with queries of a request at once',
    { env: { ...env, PEAK_RPS: '100' }, load: { queriesPerRequest: 4, useTimeSeconds: 0.02 }, limits },
  ],
  [
    'with times that vary',
    {
      env,
      load: {
        peakCheckoutsPerSecond: 400,
        useTimeSeconds: 0.02,
        useTimeVariability: 9,
        arrivalVariability: 3,
      },
      limits,
    },
  ],
])('is the plan of today when nothing changes, %s', (_, given) => {
  const today = loaded(given);
  expect(planUnder(given, today, {})).toEqual({
    ...today,
    reasons: expect.any(Array),
    warnings: expect.any(Array),
  });
});

it('takes a guessed use time for right', () => {
  const given = { env: { ...env, EXPECTED_CONCURRENT_USERS: '2400' }, load: {}, limits };
  const today = loaded(given);
  expect(today.load.p99WaitSeconds).toEqual({ low: expect.any(Number), high: expect.anything() });
  expect(planUnder(given, today, {})?.load).toMatchObject({
    useTimeSeconds: 0.05,
    p99WaitSeconds: expect.any(Number),
  });
});

it.each(['PEAK_RPS', 'EXPECTED_CONCURRENT_USERS'])('can have less load than %s sets', (variable) => {
  const given = { env: { ...env, [variable]: '2400' }, load: { useTimeSeconds: 0.001 }, limits };
  const today = loaded(given);
  const half = planUnder(given, today, { loadFactor: 0.5 });
  expect(half?.load.checkoutsPerSecond).toBeCloseTo(today.load.checkoutsPerSecond / 2);
});

it('has no load if none is given, or 0', () => {
  expect(isLoaded(planOf({ env, load: {}, limits }))).toBe(false);
  expect(isLoaded(planOf({ env, load: { peakCheckoutsPerSecond: 0 }, limits }))).toBe(false);
});
