import type { PoolConfig } from 'pg';
import type { Limits } from './limits';
import type { Load } from './load';
import { type Plan, planPool } from './plan';

const codes = (notes: Plan['reasons']) => notes.map(({ code }) => code);
const warning = (plan: Plan, code: string) => plan.warnings.find((one) => one.code === code);
/** A load for which a plan gives no warnings. */
const measured: Load = { peakCheckoutsPerSecond: 700, useTimeSeconds: 0.02 };

describe('the size in production', () => {
  it('is the fewest connections with utilisation within 0.8 and p99 wait within 25 ms', () => {
    const { pool, bound, load, connections } = planPool({
      peakCheckoutsPerSecond: 700,
      useTimeSeconds: 0.02,
    });

    expect({ max: pool.max, bound, needed: connections.needed }).toEqual({
      max: 18,
      bound: 'utilisation',
      needed: 18,
    });
    expect(load).toEqual({
      checkoutsPerSecond: 700,
      useTimeSeconds: 0.02,
      isUseTimeMeasured: true,
      batchSize: 1,
      offeredLoad: 14,
      utilisation: 14 / 18,
      waitProbability: { low: expect.closeTo(0.158, 2), high: expect.closeTo(0.318, 2) },
      meanWaitSeconds: { low: expect.closeTo(0.0007, 4), high: expect.closeTo(0.002, 3) },
      p99WaitSeconds: { low: expect.closeTo(0.0117, 3), high: expect.closeTo(0.022, 3) },
      targetWaitSeconds: 0.025,
      ceiling: { checkoutsPerSecond: 900, boundBy: 'connections' },
      headroom: 900 / 700,
    });
  });

  it('has one connection more where the wait asks for it', () => {
    const { pool, bound, load } = planPool({ peakCheckoutsPerSecond: 200, useTimeSeconds: 0.05 });
    const fewer = planPool(
      { peakCheckoutsPerSecond: 200, useTimeSeconds: 0.05 },
      { overrides: { max: pool.max - 1 } },
    );

    expect(bound).toBe('wait');
    expect(load?.utilisation).toBeLessThanOrEqual(0.7);
    expect(load?.p99WaitSeconds).toBeLessThanOrEqual(0.025);
    expect(fewer.warnings).toContainEqual(expect.objectContaining({ code: 'target-missed' }));
  });

  it('is 10 when nothing is known, which is warned of', () => {
    const plan = planPool({});

    expect(plan.pool.max).toBe(10);
    expect(plan.load).toBeNull();
    expect(codes(plan.warnings)).toEqual(['load-unknown']);
  });

  it('is 10 without load, and nobody waits', () => {
    const { pool, load, warnings } = planPool({ users: 0, useTimeSeconds: 0.01 });

    expect(pool.max).toBe(10);
    expect(load).toMatchObject({ offeredLoad: 0, p99WaitSeconds: 0, waitProbability: 0, headroom: null });
    expect(warnings).toEqual([]);
  });

  it('is 30 where more is needed, and the warning has the numbers', () => {
    const plan = planPool({ peakCheckoutsPerSecond: 900, useTimeSeconds: 0.04 });

    expect(plan.pool.max).toBe(30);
    expect(plan.bound).toBe('environment-most');
    expect(plan.load).toMatchObject({ p99WaitSeconds: 'saturated', meanWaitSeconds: 'saturated' });
    expect(plan.warnings).toEqual([
      {
        code: 'target-missed',
        message:
          'needs 45, has 30: p99 wait without end (saturated) (target 25 ms), utilisation 1.2 (at most 0.8); ' +
          'add a process, shorten queries or raise the ceiling',
        figures: {
          needed: 45,
          max: 30,
          p99WaitSeconds: 'saturated',
          targetWaitSeconds: 0.025,
          utilisation: 1.2,
          processes: 1,
        },
      },
    ]);
  });

  it('may have another range', () => {
    expect(planPool({}, { leastConnections: 4 }).pool.max).toBe(4);
    expect(planPool({}, { mostConnections: 8 }).pool.max).toBe(8);
    expect(
      planPool({ peakCheckoutsPerSecond: 900, useTimeSeconds: 0.04 }, { mostConnections: 60 }).pool.max,
    ).toBe(45);
    expect(planPool({}, { environment: 'staging', leastConnections: 40 }).pool.max).toBe(40);
  });

  it('is by the target', () => {
    const load = { peakCheckoutsPerSecond: 200, useTimeSeconds: 0.05 };

    expect(planPool(load, { targetWaitSeconds: 0.001 }).pool.max).toBeGreaterThan(planPool(load).pool.max);
  });

  it('has no connection more for a rounding error: 9.6 erlangs / 0.8 are 12', () => {
    const load = { peakCheckoutsPerSecond: 960.0000000000001, useTimeSeconds: 0.01 };

    expect(planPool(load).pool.max).toBe(12);
  });

  it('reports how many connections an absurd load would need', () => {
    const plan = planPool({ users: 1e9, queriesPerUser: 1e9, useTimeSeconds: 1e6 });

    expect(plan.connections.needed).toBeGreaterThan(1e22);
    expect(plan.pool.max).toBe(30);
    expect(plan.load?.p99WaitSeconds).toBe('saturated');
  });
});

describe('the rate', () => {
  it('is users × queries per user and minute', () => {
    expect(planPool({ users: 600 }).load?.checkoutsPerSecond).toBe(100);
    expect(planPool({ users: 600, queriesPerUser: 20 }).load?.checkoutsPerSecond).toBe(200);
    expect(planPool({ users: 600, queriesPerUser: 20, userWindowSeconds: 10 }).load?.checkoutsPerSecond).toBe(
      1200,
    );
  });

  it('is requests × queries, and by checkouts of several queries', () => {
    const load = { peakRequestsPerSecond: 100, queriesPerRequest: 6 };

    expect(planPool(load).load?.checkoutsPerSecond).toBe(600);
    expect(planPool({ ...load, queriesPerCheckout: 3 }).load?.checkoutsPerSecond).toBe(200);
    expect(planPool({ users: 600, queriesPerCheckout: 2 }).load?.checkoutsPerSecond).toBe(50);
  });

  it('is the largest of what is known', () => {
    const plan = planPool({ users: 600, peakRequestsPerSecond: 50, peakCheckoutsPerSecond: 70 });

    expect(plan.load?.checkoutsPerSecond).toBe(100);
    expect(plan.reasons[0]).toEqual({
      code: 'rate',
      message:
        '100 checkouts/s for the whole fleet from users × queries per user, the largest of what is known ' +
        '(measured checkouts: 70/s, requests × queries per request: 50/s)',
    });
  });

  it('is shared by the processes', () => {
    expect(planPool({ peakCheckoutsPerSecond: 90 }, { processes: 3 }).load?.checkoutsPerSecond).toBe(30);
  });

  it('by users alone is a mean, which is warned of', () => {
    expect(codes(planPool({ users: 60, useTimeSeconds: 0.01 }).warnings)).toEqual(['mean-rate']);
    expect(codes(planPool({ peakCheckoutsPerSecond: 60, useTimeSeconds: 0.01 }).warnings)).toEqual([]);
  });
});

describe('queries that are sent at once', () => {
  const together: Load = { peakRequestsPerSecond: 15, queriesPerRequest: 20, useTimeSeconds: 0.01 };

  it('are a batch by default', () => {
    expect(planPool(together).load?.batchSize).toBe(20);
    expect(planPool({ ...together, parallelPerRequest: 4 }).load?.batchSize).toBe(4);
    expect(planPool({ ...together, queriesPerCheckout: 5 }).load?.batchSize).toBe(4);
    expect(planPool({ ...together, queriesPerRequest: 2.5 }).load?.batchSize).toBe(3);
    expect(planPool({ peakRequestsPerSecond: 15, queriesPerRequest: 0.5 }).load?.batchSize).toBe(1);
    expect(planPool({ peakRequestsPerSecond: 15, queriesPerRequest: 5000 }).load?.batchSize).toBe(1000);
  });

  it('wait where single ones would not: 3 erlangs, 20 at once, 10 connections', () => {
    const limits = { overrides: { max: 10 } };

    expect(planPool({ ...together, parallelPerRequest: 1 }, limits).load?.p99WaitSeconds).toBe(0);
    expect(planPool(together, limits).load?.p99WaitSeconds).toBeCloseTo(0.044, 3);
  });

  it('ask for more connections', () => {
    const { connections } = planPool(together);

    expect(planPool({ ...together, parallelPerRequest: 1 }).connections.needed).toBe(5);
    expect(connections.needed).toBe(14);
  });
});

describe('figures that carry no number', () => {
  it('are a number up to utilisation 0.7 with a measured use time', () => {
    const figures = (checkouts: number) =>
      planPool({ peakCheckoutsPerSecond: checkouts, useTimeSeconds: 0.01 }, { overrides: { max: 10 } }).load;

    expect(figures(700)).toMatchObject({
      p99WaitSeconds: expect.any(Number),
      waitProbability: expect.any(Number),
    });
    expect(figures(710)?.p99WaitSeconds).toEqual({ low: expect.any(Number), high: expect.any(Number) });
    expect(figures(980)?.p99WaitSeconds).toEqual({ low: expect.any(Number), high: 'saturated' });
    expect(figures(1100)?.p99WaitSeconds).toBe('saturated');
  });

  it('are an interval where the use time is a guess, which is warned of', () => {
    const plan = planPool({ peakCheckoutsPerSecond: 100 });

    expect(plan.load?.p99WaitSeconds).toEqual({ low: 0, high: 'saturated' });
    expect(codes(plan.warnings)).toEqual(['use-time-guessed']);
    expect(codes(plan.reasons)).toContain('interval');
  });

  it('are an interval where times vary unlike exponential ones', () => {
    const of = (useTimeVariability: number) =>
      planPool(
        { peakCheckoutsPerSecond: 600, useTimeSeconds: 0.01, useTimeVariability },
        { overrides: { max: 10 } },
      );

    expect(of(1.2).load?.p99WaitSeconds).toEqual(expect.any(Number));
    expect(of(0).load?.p99WaitSeconds).toEqual({ low: expect.any(Number), high: expect.any(Number) });
    expect(of(50).load?.p99WaitSeconds).toEqual({ low: expect.any(Number), high: expect.any(Number) });
  });

  it('count in the size as far as Allen and Cunneen go', () => {
    const needed = (useTimeVariability: number) =>
      planPool({ peakCheckoutsPerSecond: 200, useTimeSeconds: 0.05, useTimeVariability }).connections.needed;

    expect(needed(0)).toBeLessThan(needed(1) as number);
    expect(needed(50)).toBeGreaterThan(needed(1) as number);
  });
});

describe('the server', () => {
  it('leaves to each process its share, and one connection of it to ask about slow queries', () => {
    const plan = planPool({}, { processes: 3, serverConnections: 30, otherConnections: 5 });

    expect(plan.connections.share).toBe(6);
    expect(plan.fleet).toEqual({ processes: 3, connections: 18, budget: 22 });
    expect(plan.pool.max).toBe(6);
    expect(plan.bound).toBe('server');
  });

  it.each([
    [0, 7],
    [3, 4],
    // The pool has at least one.
    [7, 1],
    [50, 1],
  ])('leaves %i connections of each process outside of the pool', (extraConnections, share) => {
    const limits = { processes: 3, serverConnections: 30, otherConnections: 5, extraConnections };
    expect(planPool({}, limits).connections.share).toBe(share);
  });

  it('gets a warning that a fleet does not fit, with the sum', () => {
    const plan = planPool(
      { peakCheckoutsPerSecond: 10_000, useTimeSeconds: 0.024 },
      { processes: 10, neonComputeUnits: 0.25 },
    );

    expect(plan.pool.max).toBe(8);
    expect(warning(plan, 'fleet-does-not-fit')).toEqual({
      code: 'fleet-does-not-fit',
      message:
        '10 × 30 = 300 connections do not fit: (max_connections 104 − 7 reserved − 0 of others) / 10 processes ' +
        '− 1 outside of the pool leaves 8 to each process',
      figures: { processes: 10, wanted: 30, connections: 300, share: 8, budget: 97 },
    });
  });

  it('may be unknown, which is warned of where the fleet is large', () => {
    expect(codes(planPool(measured, { processes: 9 }).warnings)).toEqual([]);
    expect(codes(planPool(measured, { processes: 10 }).warnings)).toEqual(['server-unknown']);
  });

  it.each([
    [0.25, 104],
    [0.5, 209],
    [1, 419],
    [2, 839],
    [3, 1258],
    [4, 1678],
    [5, 2098],
    [6, 2517],
    [7, 2937],
    [8, 3357],
    [9, 4000],
    [56, 4000],
  ])('of Neon with %d compute units has %i connections, 7 reserved', (neonComputeUnits, connections) => {
    expect(planPool({}, { neonComputeUnits }).fleet.budget).toBe(connections - 7);
    expect(codes(planPool({}, { neonComputeUnits }).reasons)).toContain('neon');
  });

  it('keeps the smallest minimum within its share', () => {
    expect(planPool({}, { processes: 97, neonComputeUnits: 0.25 }).pool).toMatchObject({ max: 1, min: 1 });
  });

  it.each<[Limits, string]>([
    [
      { processes: 500, neonComputeUnits: 0.25 },
      'limits.processes must be at most 97, the connections there are (max_connections 104 − 7 reserved − 0 of others), got 500 (given in code)',
    ],
    [
      { serverConnections: 3 },
      'limits.serverConnections must be greater than what is reserved and what others use, 3 + 0, got 3 (given in code)',
    ],
    [
      { neonComputeUnits: 0.25, otherConnections: 97 },
      'limits.otherConnections must leave something of max_connections 104, of which 7 are reserved, got 97 (given in code)',
    ],
  ])('that has nothing left is an error: %j', (limits, message) => {
    expect(() => planPool({}, limits)).toThrow(new RangeError(message));
  });
});

describe('a pooler in transaction mode', () => {
  const neon: Limits = { neonComputeUnits: 0.25, pooler: 'transaction' };

  it('gets no session settings, and a warning with the alternative', () => {
    const plan = planPool(measured, neon);

    expect(plan.pool).not.toHaveProperty('statement_timeout');
    expect(plan.pool).not.toHaveProperty('idle_in_transaction_session_timeout');
    expect(plan.warnings).toEqual([
      {
        code: 'startup-parameters',
        message: expect.stringContaining(
          "ALTER ROLE … SET statement_timeout = '30000ms'; ALTER ROLE … SET idle_in_transaction_session_timeout = '60000ms'",
        ),
        figures: { statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
      },
    ]);
  });

  it('keeps a timeout of 0, which pg does not send', () => {
    const plan = planPool(measured, { ...neon, environment: 'development' });

    expect(plan.pool.statement_timeout).toBe(0);
    expect(codes(plan.warnings)).not.toContain('startup-parameters');
  });

  it('gets a warning about settings that you force', () => {
    const plan = planPool(measured, { ...neon, overrides: { statement_timeout: 1000, lock_timeout: 500 } });

    expect(plan.pool).toMatchObject({ statement_timeout: 1000, lock_timeout: 500 });
    expect(warning(plan, 'startup-parameters-set')?.figures).toEqual({
      statement_timeout: 1000,
      lock_timeout: 500,
    });
  });

  it('of Neon opens 0.9 of the connections, and takes 10,000 clients', () => {
    expect(planPool({}, { ...neon, processes: 3 })).toMatchObject({
      connections: { share: 31 },
      fleet: { budget: 93 },
    });
    expect(planPool({}, { pooler: 'transaction', isNeon: true, processes: 2000 }).connections.share).toBe(4);
    expect(() => planPool({}, { ...neon, processes: 10_001 })).toThrow(
      'limits.processes must be at most 10000, the connections there are (client connections of the pooler), got 10001',
    );
  });

  it('takes more processes than it has connections, which is warned of', () => {
    const plan = planPool({ peakCheckoutsPerSecond: 100, useTimeSeconds: 0.01 }, { ...neon, processes: 500 });

    expect(plan.pool.max).toBe(1);
    expect(warning(plan, 'pooler-queue')?.figures).toEqual({ processes: 500, budget: 93 });
    expect(plan.load?.ceiling.boundBy).toBe('server');
    expect(plan.load?.ceiling.checkoutsPerSecond).toBeCloseTo(93 / 500 / 0.01, 9);
  });

  it('of somebody else has the limits that are given, or none', () => {
    const pooler = 'transaction';

    expect(planPool({}, { pooler }).connections.share).toBeNull();
    expect(planPool({}, { pooler, processes: 4, poolerServerConnections: 20 }).connections.share).toBe(5);
    expect(planPool({}, { pooler, processes: 4, poolerClientConnections: 12 }).connections.share).toBe(2);
    expect(planPool({}, { pooler, serverConnections: 13, poolerServerConnections: 20 }).fleet.budget).toBe(
      10,
    );
  });
});

describe('the cores', () => {
  const cpuBound: Load = { peakCheckoutsPerSecond: 120, useTimeSeconds: 0.12, cpuSecondsPerCheckout: 0.012 };

  it('bound the size at three times the knee', () => {
    const plan = planPool({ ...cpuBound, useTimeSeconds: 0.2 }, { cores: 0.5, leastConnections: 1 });

    expect(plan.connections.knee).toBeCloseTo(0.5 * (0.2 / 0.012), 9);
    expect(plan.pool.max).toBe(25);
    expect(plan.bound).toBe('cpu');
  });

  it('are shared by the processes, and bound the throughput', () => {
    const plan = planPool(cpuBound, { cores: 2, processes: 2 });

    expect(plan.connections.knee).toBeCloseTo(10, 9);
    expect(plan.load?.ceiling).toEqual({
      checkoutsPerSecond: expect.closeTo(2 / 0.012 / 2, 9),
      boundBy: 'cpu',
    });
  });

  it('that are busy, or have fewer than the least pool, are warned of', () => {
    const plan = planPool({ ...cpuBound, useTimeSeconds: 0.012, peakCheckoutsPerSecond: 150 }, { cores: 2 });

    expect(warning(plan, 'cpu-busy')?.figures).toEqual({ cpuUtilisation: expect.closeTo(0.9, 9) });
    expect(warning(plan, 'past-knee')?.figures).toEqual({ max: 10, ceiling: 6, knee: expect.closeTo(2, 9) });
  });

  it('that are shared make waits that no single use time has', () => {
    const load = { peakRequestsPerSecond: 350, useTimeSeconds: 0.0048, cpuSecondsPerCheckout: 0.0046 };
    const override = { overrides: { max: 10 } };
    const plan = planPool(load, { cores: 2, ...override });

    expect(planPool(load, override).load?.p99WaitSeconds).toBe(0);
    expect(plan.connections.needed).toBe(planPool(load).connections.needed);
    expect(plan.load?.p99WaitSeconds).toEqual({
      low: expect.closeTo(0.0192, 3),
      high: expect.closeTo(0.0471, 3),
    });
    expect(codes(plan.reasons)).toContain('cores-shared');
    expect(warning(plan, 'cpu-wait')?.figures).toEqual({
      max: 10,
      p99WaitSeconds: expect.closeTo(0.0301, 3),
      targetWaitSeconds: 0.025,
    });
  });

  it('that have enough to do for all change nothing', () => {
    const load = { peakRequestsPerSecond: 40, useTimeSeconds: 0.05, cpuSecondsPerCheckout: 0.0001 };
    const p99 = planPool(load, { cores: 8, overrides: { max: 4 } }).load?.p99WaitSeconds as number;

    expect(p99).toBeCloseTo(planPool(load, { overrides: { max: 4 } }).load?.p99WaitSeconds as number, 4);
  });

  it('are saturated when the checkouts take more CPU time than there is', () => {
    const load = { peakRequestsPerSecond: 410, useTimeSeconds: 0.01, cpuSecondsPerCheckout: 0.005 };

    expect(planPool(load, { cores: 2 }).load?.p99WaitSeconds).toEqual({
      low: expect.any(Number),
      high: 'saturated',
    });
    expect(planPool({ ...load, peakRequestsPerSecond: 430 }, { cores: 2 }).load?.p99WaitSeconds).toBe(
      'saturated',
    );
  });

  it('say nothing alone, which is warned of', () => {
    expect(codes(planPool(measured, { cores: 2 }).warnings)).toEqual(['without-effect']);
    expect(codes(planPool({ ...measured, cpuSecondsPerCheckout: 0.01 }).warnings)).toEqual([
      'without-effect',
    ]);
    expect(codes(planPool({ ...measured, queriesPerUser: 3 }).warnings)).toEqual(['without-effect']);
  });
});

describe('environments', () => {
  const served = {
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 2_000,
    maxLifetimeSeconds: 1_800,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    allowExitOnIdle: false,
  };

  it.each([
    ['production', { max: 10, min: 2, ...served }],
    ['staging', { max: 15, min: 0, ...served }],
    [
      'development',
      {
        max: 5,
        min: 0,
        idleTimeoutMillis: 10_000,
        connectionTimeoutMillis: 5_000,
        maxLifetimeSeconds: 0,
        statement_timeout: 0,
        idle_in_transaction_session_timeout: 0,
        keepAlive: true,
        allowExitOnIdle: true,
      },
    ],
    [
      'test',
      {
        max: 2,
        min: 0,
        idleTimeoutMillis: 1_000,
        connectionTimeoutMillis: 5_000,
        maxLifetimeSeconds: 0,
        statement_timeout: 10_000,
        idle_in_transaction_session_timeout: 0,
        allowExitOnIdle: true,
      },
    ],
    [
      'serverless',
      {
        max: 1,
        min: 0,
        idleTimeoutMillis: 5_000,
        connectionTimeoutMillis: 2_000,
        maxLifetimeSeconds: 0,
        statement_timeout: 10_000,
        idle_in_transaction_session_timeout: 10_000,
        allowExitOnIdle: true,
      },
    ],
  ] as const)('%s has its pool', (environment, pool) => {
    const plan = planPool({}, { environment });
    const config: PoolConfig = plan.pool;

    expect(plan.environment).toBe(environment);
    expect(config).toEqual(pool);
  });

  it('fix a size that may be too small, which is warned of', () => {
    const plan = planPool({ peakCheckoutsPerSecond: 500, useTimeSeconds: 0.04 }, { environment: 'staging' });

    expect(plan.pool.max).toBe(15);
    expect(plan.bound).toBe('environment');
    expect(warning(plan, 'target-missed')?.figures).toMatchObject({ needed: 25, max: 15 });
  });

  it('serverless has what a request asks for at once, up to 3', () => {
    const max = (parallelPerRequest: number) =>
      planPool({ parallelPerRequest }, { environment: 'serverless' }).pool.max;

    expect([1, 2, 3, 8].map(max)).toEqual([1, 2, 3, 3]);
  });

  it('serverless is planned by the law once the instances are known', () => {
    const load: Load = { peakCheckoutsPerSecond: 100, useTimeSeconds: 0.01 };
    const unknown = planPool(load, { environment: 'serverless' });
    const known = planPool(load, { environment: 'serverless', processes: 20 });

    expect(unknown).toMatchObject({ load: null, bound: 'request' });
    expect(codes(unknown.warnings)).toEqual(['instances-unknown']);
    expect(known.load?.offeredLoad).toBeCloseTo(0.05, 12);
    expect(codes(known.warnings)).toEqual([]);
  });

  it('serverless waits for a cold start of Neon', () => {
    expect(planPool({}, { environment: 'serverless', isNeon: true }).pool.connectionTimeoutMillis).toBe(
      5_000,
    );
  });
});

describe('your own values', () => {
  it('win, and are listed with what they replaced', () => {
    const plan = planPool(measured, {
      serviceName: 'shop',
      overrides: { max: 40, keepAlive: false, lock_timeout: 100, application_name: 'x', min: undefined },
    });

    expect(plan.pool).toMatchObject({
      max: 40,
      keepAlive: false,
      lock_timeout: 100,
      application_name: 'x',
      min: 2,
    });
    expect(plan.overrides).toEqual([
      { name: 'max', value: 40, insteadOf: 18 },
      { name: 'keepAlive', value: false, insteadOf: true },
      { name: 'lock_timeout', value: 100, insteadOf: null },
      { name: 'application_name', value: 'x', insteadOf: 'shop' },
    ]);
    expect(plan.bound).toBe('override');
    expect(plan.load?.utilisation).toBe(14 / 40);
  });

  it('above the share of the server are warned of', () => {
    const plan = planPool(measured, { processes: 2, serverConnections: 33, overrides: { max: 20 } });

    expect(plan.pool.max).toBe(20);
    expect(warning(plan, 'override-above-share')?.figures).toEqual({
      processes: 2,
      max: 20,
      connections: 40,
      share: 14,
    });
  });

  it('lower the minimum with the maximum', () => {
    expect(planPool({}, { overrides: { max: 1 } }).pool.min).toBe(1);
  });

  it('name the service', () => {
    expect(planPool({}, { serviceName: 'shop' }).pool.application_name).toBe('shop');
  });
});

describe('bad input', () => {
  const number = (range: string) => `must be a number ${range}`;
  const whole = (range: string) => `must be a whole number ${range}`;

  it.each<[unknown, string]>([
    [{ users: Number.NaN }, `load.users ${number('from 0 to 1000000000')}, got NaN`],
    [{ users: -1 }, `load.users ${number('from 0 to 1000000000')}, got -1`],
    [{ users: 1e9 + 1 }, `load.users ${number('from 0 to 1000000000')}, got 1000000001`],
    [{ users: '5' }, `load.users ${number('from 0 to 1000000000')}, got "5"`],
    [{ users: null }, `load.users ${number('from 0 to 1000000000')}, got null`],
    [{ users: {} }, `load.users ${number('from 0 to 1000000000')}, got an object`],
    [{ queriesPerUser: 0 }, `load.queriesPerUser ${number('greater than 0 and at most 1000000000')}, got 0`],
    [{ userWindowSeconds: 0 }, `load.userWindowSeconds ${number('from 1 to 1000000000')}, got 0`],
    [
      { peakRequestsPerSecond: Number.POSITIVE_INFINITY },
      `load.peakRequestsPerSecond ${number('greater than 0 and at most 1000000000')}, got Infinity`,
    ],
    [
      { peakRequestsPerSecond: 3, queriesPerRequest: 0 },
      `load.queriesPerRequest ${number('greater than 0 and at most 1000000000')}, got 0`,
    ],
    [{ parallelPerRequest: 1.5 }, `load.parallelPerRequest ${whole('from 1 to 1000')}, got 1.5`],
    [{ queriesPerCheckout: 0 }, `load.queriesPerCheckout ${number('from 1 to 1000000000')}, got 0`],
    [{ peakCheckoutsPerSecond: -1 }, `load.peakCheckoutsPerSecond ${number('from 0 to 1000000000')}, got -1`],
    [{ useTimeSeconds: 0 }, `load.useTimeSeconds ${number('from 1e-9 to 1000000')}, got 0`],
    [{ useTimeVariability: -1 }, `load.useTimeVariability ${number('from 0 to 1000000000')}, got -1`],
    [{ arrivalVariability: -1 }, `load.arrivalVariability ${number('from 0 to 1000000000')}, got -1`],
    [{ cpuSecondsPerCheckout: 0 }, `load.cpuSecondsPerCheckout ${number('from 1e-9 to 1000000000')}, got 0`],
    [
      { users: 0, peakRequestsPerSecond: 5 },
      'load.users must be greater than 0 when load.peakRequestsPerSecond is, which is 5, got 0',
    ],
    [{ usres: 5 }, 'load.usres is not a setting; there are users, queriesPerUser, '],
  ])('of the load: %p', (load, message) => {
    expect(() => planPool(load as Load)).toThrow(expect.objectContaining({ name: 'PlanInputError' }));
    expect(() => planPool(load as Load)).toThrow(message);
    expect(() => planPool(load as Load)).toThrow('(given in code)');
  });

  it.each<[unknown, string]>([
    [{ processes: 0 }, `limits.processes ${whole('from 1 to 1000000')}, got 0`],
    [{ serverConnections: 2.5 }, `limits.serverConnections ${whole('from 1 to 1000000')}, got 2.5`],
    [{ reservedConnections: -1 }, `limits.reservedConnections ${whole('from 0 to 1000000')}, got -1`],
    [{ otherConnections: -1 }, `limits.otherConnections ${whole('from 0 to 1000000')}, got -1`],
    [{ extraConnections: 0.5 }, `limits.extraConnections ${whole('from 0 to 1000000')}, got 0.5`],
    [
      { neonComputeUnits: 1.5 },
      'limits.neonComputeUnits must be 0.25, 0.5 or a whole number from 1 to 56, got 1.5',
    ],
    [{ poolerServerConnections: 0 }, `limits.poolerServerConnections ${whole('from 1 to 1000000')}, got 0`],
    [{ poolerClientConnections: 0 }, `limits.poolerClientConnections ${whole('from 1 to 1000000')}, got 0`],
    [{ cores: 0 }, `limits.cores ${number('from 0.01 to 10000')}, got 0`],
    [
      { targetWaitSeconds: 0 },
      `limits.targetWaitSeconds ${number('greater than 0 and at most 1000000000')}, got 0`,
    ],
    [
      { leastConnections: 5, mostConnections: 4 },
      'limits.leastConnections must be at most mostConnections, which is 4, got 5',
    ],
    [
      { environment: 'prod' },
      'limits.environment must be one of production, staging, development, test, serverless, got "prod"',
    ],
    [{ pooler: 'session' }, 'limits.pooler must be one of none, transaction, got "session"'],
    [{ isNeon: 'yes' }, 'limits.isNeon must be one of true, false, got "yes"'],
    [{ serviceName: 5 }, 'limits.serviceName must be a text, got 5'],
    [{ procceses: 5 }, 'limits.procceses is not a setting; there are processes, '],
    [{ overrides: { max: 0 } }, `limits.overrides.max ${whole('from 1 to 10000')}, got 0`],
    [{ overrides: { min: 3, max: 2 } }, 'limits.overrides.min must be at most max, which is 2, got 3'],
    [{ overrides: { min: 30 } }, 'limits.overrides.min must be at most max, which is 10, got 30'],
    [
      { overrides: { idleTimeoutMillis: -1 } },
      `limits.overrides.idleTimeoutMillis ${whole('from 0 to 2147483647')}, got -1`,
    ],
    [{ overrides: { keepAlive: 1 } }, 'limits.overrides.keepAlive must be true or false, got 1'],
    [{ overrides: { application_name: 1 } }, 'limits.overrides.application_name must be a text, got 1'],
    [{ overrides: { size: 1 } }, 'limits.overrides.size is not a setting; there are max, '],
  ])('of the limits: %p', (limits, message) => {
    expect(() => planPool({}, limits as Limits)).toThrow(message);
  });

  it('shows no connection string that stands in the wrong place', () => {
    const load = { users: 'postgres://shop:s3cret@db/shop' } as unknown as Load;

    expect(() => planPool(load)).toThrow('got a text that looks like a connection string');
  });
});
