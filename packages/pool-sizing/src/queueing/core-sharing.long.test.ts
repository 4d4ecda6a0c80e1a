import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { simulateSharedCores } from '../../test/core-sharing.reference';
import { batchMeanWait, batchWaitProbability, batchWaitQuantile } from './batch-queue';
import { capacity, slowdowns } from './core-sharing';
import { erlangC, waitQuantile } from './erlang';

const relative = (value: number, reference: number) => Math.abs(value - reference) / reference;

const sharings = fc.record({
  cores: fc.double({ min: 0.05, max: 70, noNaN: true }),
  cpuShare: fc.double({ min: 0, max: 1, noNaN: true }),
});
const sizes = fc.integer({ min: 1, max: 80 });

describe('services that share cores', () => {
  it('of CPU time alone are done at the rate of the cores', () => {
    expect([...slowdowns(5, { cores: 2, cpuShare: 1 })]).toEqual([1, 1, 1, 1.5, 2, 2.5]);
    expect([...slowdowns(2, { cores: 0.5, cpuShare: 1 })]).toEqual([1, 2, 4]);
  });

  it('of no CPU time, or with a core each, are not slowed down', () => {
    expect(new Set(slowdowns(50, { cores: 2, cpuShare: 0 }))).toEqual(new Set([1]));
    expect(new Set(slowdowns(50, { cores: 50, cpuShare: 0.7 }))).toEqual(new Set([1]));
  });

  // Mean value analysis of one core (Reiser and Lavenberg 1980): R(n) = D·(1 + Q(n−1)).
  it.each([0.05, 0.4, 0.9])('are those of mean value analysis at one core, CPU share %d', (cpuShare) => {
    const slowdown = slowdowns(60, { cores: 1, cpuShare });
    let queue = 0;
    for (let n = 1; n <= 60; n++) {
      const atCore = cpuShare * (1 + queue);
      queue = (n * atCore) / (1 - cpuShare + atCore);

      expect(relative(slowdown[n] as number, 1 - cpuShare + atCore)).toBeLessThan(1e-12);
    }
  });

  it('do more the more there are, up to what the cores can do, and stay finite', () => {
    fc.assert(
      fc.property(sizes, sharings, (servers, sharing) => {
        const slowdown = slowdowns(servers, sharing);
        const done = (n: number) => n / (slowdown[n] as number);

        for (let n = 1; n <= servers; n++) {
          expect(slowdown[n]).toBeGreaterThanOrEqual((slowdown[n - 1] as number) * (1 - 1e-9));
          expect(done(n)).toBeGreaterThanOrEqual(n === 1 ? 0 : done(n - 1) * (1 - 1e-9));
          expect(done(n) * sharing.cpuShare).toBeLessThanOrEqual(sharing.cores * (1 + 1e-9));
        }
      }),
      fuzz(100),
    );
    expect(relative(capacity(10_000, { cores: 3, cpuShare: 0.5 }), 6)).toBeLessThan(1e-9);
    expect(Number.isFinite(capacity(10_000, { cores: 1e-9, cpuShare: 1 }))).toBe(true);
  });
});

it.each([
  [{ cores: 0, cpuShare: 1 }, 'cores must be a finite number above 0, got 0'],
  [{ cores: Number.NaN, cpuShare: 1 }, 'cores must be a finite number above 0, got NaN'],
  [{ cores: 2, cpuShare: 1.5 }, 'cpuShare must be a number from 0 to 1, got 1.5'],
])('%o is a RangeError that names the argument', (sharing, message) => {
  expect(() => batchWaitProbability(3, 1, 1, sharing)).toThrow(new RangeError(message));
});

describe('waits for connections that share cores', () => {
  it.each([
    [10, 7],
    [100, 95],
    [1000, 990],
  ])('are those of Erlang C with a core for each of %i, at %d erlangs', (servers, offered) => {
    const sharing = { cores: servers, cpuShare: 0.8 };

    expect(
      relative(batchWaitProbability(servers, offered, 1, sharing), erlangC(servers, offered)),
    ).toBeLessThan(1e-9);
    expect(
      relative(
        batchWaitQuantile(servers, offered, 0.05, 1, 0.999, sharing) as number,
        waitQuantile(servers, offered, 0.05, 0.999) as number,
      ),
    ).toBeLessThan(1e-9);
  });

  it('of CPU time alone are those behind as many servers as cores, less what waits in the connections', () => {
    const ratio = 1.6 / 2;

    expect(
      relative(batchWaitProbability(10, 1.6, 1, { cores: 2, cpuShare: 1 }), erlangC(2, 1.6) * ratio ** 8),
    ).toBeLessThan(1e-9);
  });

  it('vanish with more connections, as long as the cores are not saturated', () => {
    const sharing = { cores: 2, cpuShare: 0.5 };

    expect(batchWaitQuantile(200, 3, 1, 1, 0.99, sharing)).toBe(0);
    expect(batchMeanWait(400, 3, 1, 1, sharing)).toBeLessThan(1e-9);
    expect(batchMeanWait(400, 4, 1, 1, sharing)).toBe('saturated');
  });

  it.each([
    [10, 1.6, 2, 1, 1],
    [3, 1.2, 2, 1, 1],
    [12, 6.5, 2, 0.2, 1],
    [6, 2.6, 1, 0.25, 1],
    [10, 1.8, 1.5, 0.5, 4],
  ])(
    'are about the simulated ones: %i connections, %d erlangs, %d cores, CPU share %d, %i at once',
    (servers, offered, cores, cpuShare, batchSize) => {
      const queue = { servers, offered, cores, cpuShare, batchSize };
      const simulated = simulateSharedCores({ ...queue, arrivals: 200_000, seed: 3 });
      const sharing = { cores, cpuShare };
      const p99 = batchWaitQuantile(servers, offered, 1, batchSize, 0.99, sharing) as number;

      expect(
        relative(batchWaitProbability(servers, offered, batchSize, sharing), simulated.waiting),
      ).toBeLessThan(0.05);
      expect(relative(p99, simulated.quantile(0.99))).toBeLessThan(0.1);
    },
  );

  it('grow with the load, shrink with connections and cores, and are never NaN', () => {
    fc.assert(
      fc.property(
        sizes,
        sharings,
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0.01, max: 1.2, noNaN: true }),
        (servers, sharing, batchSize, part) => {
          const offered = part * capacity(servers, sharing);
          const at = (c: number, a: number, { cores, cpuShare } = sharing) => {
            const wait = batchMeanWait(c, a, 1, batchSize, { cores, cpuShare });
            return wait === 'saturated' ? Number.POSITIVE_INFINITY : wait;
          };
          const wait = at(servers, offered);
          const most = wait * (1 + 1e-9) + 1e-12;

          expect(wait).toBeGreaterThanOrEqual(0);
          expect(at(servers, offered * 0.95)).toBeLessThanOrEqual(most);
          expect(at(servers + 1, offered)).toBeLessThanOrEqual(most);
          expect(at(servers, offered, { ...sharing, cores: sharing.cores * 1.1 })).toBeLessThanOrEqual(most);
        },
      ),
      fuzz(100),
    );
  });
});
