import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import type { Limits } from './limits';
import { type Plan, planPool } from './plan';

function topOf(plan: Plan, unit: number): number {
  const figure = plan.load?.meanWaitSeconds;
  const high = typeof figure === 'object' ? figure.high : figure;
  return typeof high === 'number' ? high * unit : 0;
}

describe('for any figures', () => {
  const loads = fc.record(
    {
      users: fc.double({ min: 1, max: 1e6, noNaN: true }),
      queriesPerUser: fc.double({ min: 0.1, max: 1000, noNaN: true }),
      peakRequestsPerSecond: fc.double({ min: 0.01, max: 1e3, noNaN: true }),
      queriesPerRequest: fc.double({ min: 0.1, max: 30, noNaN: true }),
      parallelPerRequest: fc.integer({ min: 1, max: 30 }),
      queriesPerCheckout: fc.double({ min: 1, max: 10, noNaN: true }),
      peakCheckoutsPerSecond: fc.double({ min: 0, max: 1e4, noNaN: true }),
      useTimeSeconds: fc.double({ min: 1e-5, max: 0.5, noNaN: true }),
      useTimeVariability: fc.double({ min: 0, max: 50, noNaN: true }),
      arrivalVariability: fc.double({ min: 0, max: 50, noNaN: true }),
      cpuSecondsPerCheckout: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    },
    { requiredKeys: [] },
  );
  const limits = fc.record(
    {
      environment: fc.constantFrom('production', 'staging', 'development', 'test', 'serverless'),
      processes: fc.integer({ min: 1, max: 90 }),
      serverConnections: fc.integer({ min: 100, max: 5000 }),
      pooler: fc.constantFrom('none', 'transaction'),
      isNeon: fc.boolean(),
      cores: fc.double({ min: 0.25, max: 64, noNaN: true }),
      targetWaitSeconds: fc.double({ min: 1e-4, max: 1, noNaN: true }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Limits>;

  it('the plan stays within its range and never above the share of the server', () => {
    fc.assert(
      fc.property(loads, limits, (load, limit) => {
        const { pool, connections, fleet } = planPool(load, limit);

        expect(Number.isInteger(pool.max)).toBe(true);
        expect(pool.max).toBeGreaterThanOrEqual(Math.min(connections.least, connections.share ?? Infinity));
        expect(pool.max).toBeLessThanOrEqual(Math.min(connections.most, connections.share ?? Infinity));
        expect(pool.min).toBeLessThanOrEqual(pool.max);
        if (fleet.budget !== null && limit.pooler !== 'transaction') {
          expect(fleet.connections).toBeLessThanOrEqual(fleet.budget);
        }
      }),
      fuzz(100),
    );
  });

  it('the plan is plain data: nothing is lost as JSON, no NaN and nothing infinite', () => {
    fc.assert(
      fc.property(loads, limits, (load, limit) => {
        const plan = planPool(load, limit);

        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      fuzz(100),
    );
  });

  it('more load never gives a smaller pool, nor a shorter wait in the same one', () => {
    const top = (figure: unknown) =>
      typeof figure === 'object' ? (figure as { high: number | string }).high : (figure as number | string);
    const asNumber = (figure: unknown) => (top(figure) === 'saturated' ? Infinity : (top(figure) as number));

    fc.assert(
      fc.property(loads, limits, fc.double({ min: 1, max: 3, noNaN: true }), (load, limit, factor) => {
        // Without the CPU time: the knee is another ceiling, which depends on the use time.
        const { cpuSecondsPerCheckout, ...rest } = load;
        const rate = rest.peakCheckoutsPerSecond ?? 10;
        const fewer = planPool({ ...rest, peakCheckoutsPerSecond: rate }, limit);
        const more = planPool({ ...rest, peakCheckoutsPerSecond: rate * factor }, limit);

        expect(more.pool.max).toBeGreaterThanOrEqual(fewer.pool.max);
        expect(more.connections.needed ?? 0).toBeGreaterThanOrEqual(fewer.connections.needed ?? 0);

        const same = { ...limit, overrides: { max: 12, min: 0 } };
        for (const used of [rest, { ...rest, ...(cpuSecondsPerCheckout && { cpuSecondsPerCheckout }) }]) {
          const before = planPool({ ...used, peakCheckoutsPerSecond: rate }, same).load?.meanWaitSeconds;
          const after = planPool({ ...used, peakCheckoutsPerSecond: rate * factor }, same).load
            ?.meanWaitSeconds;
          if (before !== undefined && after !== undefined) {
            expect(asNumber(after)).toBeGreaterThanOrEqual(asNumber(before) * (1 - 1e-9));
          }
        }
      }),
      fuzz(100),
    );
  });

  it('longer use never gives a smaller pool', () => {
    fc.assert(
      fc.property(loads, fc.double({ min: 1, max: 3, noNaN: true }), (load, factor) => {
        const { cpuSecondsPerCheckout: _, ...rest } = load;
        const useTimeSeconds = rest.useTimeSeconds ?? 0.01;
        const shorter = planPool({ ...rest, useTimeSeconds });
        const longer = planPool({ ...rest, useTimeSeconds: useTimeSeconds * factor });

        expect(longer.connections.needed ?? 0).toBeGreaterThanOrEqual(shorter.connections.needed ?? 0);
      }),
      fuzz(100),
    );
  });

  it('the size is the same in other units of time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom(60, 1000, 7, 1 / 3),
        (users, queriesPerUser, unit) => {
          const load = { users, queriesPerUser, useTimeSeconds: 0.02, cpuSecondsPerCheckout: 0.004 };
          const perMinute = planPool(load, { cores: 4 });
          const otherWindow = planPool(
            { ...load, queriesPerUser: queriesPerUser * 60, userWindowSeconds: 3600 },
            { cores: 4 },
          );
          const otherClock = planPool(
            {
              peakCheckoutsPerSecond: ((users * queriesPerUser) / 60) * unit,
              useTimeSeconds: 0.02 / unit,
              cpuSecondsPerCheckout: 0.004 / unit,
            },
            { cores: 4, targetWaitSeconds: 0.025 / unit },
          );

          const clocked = { peakRequestsPerSecond: (users * queriesPerUser) / 60, useTimeSeconds: 0.02 };
          const wait = topOf(planPool({ ...clocked, cpuSecondsPerCheckout: 0.004 }, { cores: 4 }), 1);
          const otherWait = topOf(
            planPool(
              {
                peakRequestsPerSecond: clocked.peakRequestsPerSecond * unit,
                useTimeSeconds: 0.02 / unit,
                cpuSecondsPerCheckout: 0.004 / unit,
              },
              { cores: 4, targetWaitSeconds: 0.025 / unit },
            ),
            unit,
          );
          expect(Math.abs(otherWait - wait)).toBeLessThanOrEqual(1e-6 * wait + 1e-9);
          for (const other of [otherWindow, otherClock]) {
            expect(other.pool).toEqual(perMinute.pool);
            expect(other.connections.needed).toBe(perMinute.connections.needed);
            expect(other.bound).toBe(perMinute.bound);
          }
        },
      ),
      fuzz(100),
    );
  });
});
