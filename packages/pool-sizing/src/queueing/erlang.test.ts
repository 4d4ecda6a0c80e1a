import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { exactErlangB, exactErlangC } from '../../test/exact-erlang.reference';
import { simulateQueue } from '../../test/simulated-queue.reference';
import { erlangB, erlangC, meanWait, waitQuantile } from './erlang';

const relative = (value: number, reference: number) =>
  reference === 0 ? Math.abs(value) : Math.abs(value - reference) / reference;

describe('Erlang B and C', () => {
  // The offered load is a fraction of integers, so that the reference uses exactly the same number.
  it.each([
    [1, 1, 2],
    [1, 999, 1000],
    [2, 1, 1000],
    [10, 7, 1],
    [10, 3, 1],
    [30, 24, 1],
    [100, 1, 1],
    [100, 399, 4],
    [1000, 990, 1],
    [1000, 1, 4],
    [3000, 2999, 1],
    [10_000, 9_990, 1],
    [10_000, 8_000, 1],
    [10_000, 79_999, 8],
  ])('%i servers at %i/%i erlangs are exact to a relative 1e-9', (servers, numerator, denominator) => {
    const offered = numerator / denominator;

    expect(relative(erlangB(servers, offered), exactErlangB(servers, numerator, denominator))).toBeLessThan(
      1e-9,
    );
    expect(relative(erlangC(servers, offered), exactErlangC(servers, numerator, denominator))).toBeLessThan(
      1e-9,
    );
  });

  it('of more load than servers is exact for B, and a sure wait for C', () => {
    expect(relative(erlangB(100, 250), exactErlangB(100, 250, 1))).toBeLessThan(1e-9);
    expect(erlangC(100, 250)).toBe(1);
    expect(erlangC(100, 100)).toBe(1);
  });

  it('of no load is 0', () => {
    expect(erlangB(1, 0)).toBe(0);
    expect(erlangC(10, 0)).toBe(0);
  });

  it('of one server are a/(1+a) and a', () => {
    expect(erlangB(1, 0.25)).toBeCloseTo(0.2, 15);
    expect(erlangC(1, 0.25)).toBeCloseTo(0.25, 15);
  });

  it('of the tables of teletraffic engineering', () => {
    expect(erlangB(10, 4.461)).toBeCloseTo(0.01, 4);
    expect(erlangB(100, 84.064)).toBeCloseTo(0.01, 4);
  });
});

describe('waits', () => {
  it('are those of a simulated queue', () => {
    const simulated = simulateQueue({ servers: 10, offered: 7, batchSize: 1, arrivals: 1_000_000, seed: 7 });

    expect(erlangC(10, 7)).toBeCloseTo(simulated.waiting, 2);
    expect(relative(meanWait(10, 7, 1) as number, simulated.mean)).toBeLessThan(0.03);
    expect(relative(waitQuantile(10, 7, 1, 0.99) as number, simulated.quantile(0.99))).toBeLessThan(0.03);
  });

  it('have as quantile where the share of longer waits is what is left', () => {
    const wait = waitQuantile(1000, 990, 0.05, 0.99) as number;
    const longer = exactErlangC(1000, 990, 1) * Math.exp((-(1000 - 990) * wait) / 0.05);

    expect(relative(longer, 0.01)).toBeLessThan(1e-9);
  });

  it('have quantile 0 where fewer wait', () => {
    expect(waitQuantile(10, 3, 0.05, 0.99)).toBe(0);
    expect(waitQuantile(1, 0, 0.05, 0.99)).toBe(0);
    expect(waitQuantile(1, 0.5, 0.05, 0)).toBe(0);
  });

  it('are 0 for a service that takes no time', () => {
    expect(meanWait(1, 0.5, 0)).toBe(0);
    expect(waitQuantile(1, 0.5, 0, 0.999)).toBe(0);
  });

  it.each([
    [1, 1],
    [10, 10],
    [10, 1e300],
  ])('of %i servers at %d erlangs are saturated', (servers, offered) => {
    expect(meanWait(servers, offered, 0.05)).toBe('saturated');
    expect(waitQuantile(servers, offered, 0.05, 0.99)).toBe('saturated');
  });

  it('are finite up to the last number below saturation', () => {
    const offered = 1 - Number.EPSILON / 2;

    expect(meanWait(1, offered, 1e9)).toBeGreaterThan(1e24);
    expect(Number.isFinite(waitQuantile(1, offered, 1e9, 0.999999))).toBe(true);
  });

  it('are never NaN, infinite or negative', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (servers, offered, seconds, quantile) => {
          for (const wait of [
            meanWait(servers, offered, seconds),
            waitQuantile(servers, offered, seconds, quantile),
          ]) {
            expect(wait === 'saturated' ? offered >= servers : Number.isFinite(wait) && wait >= 0).toBe(true);
          }
        },
      ),
      fuzz(100),
    );
  });

  it('grow with the load and shrink with the servers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0.01, max: 0.98, noNaN: true }),
        (servers, part) => {
          const offered = servers * part;
          const wait = meanWait(servers, offered, 1) as number;

          expect(meanWait(servers, offered * 1.01, 1)).toBeGreaterThanOrEqual(wait);
          expect(meanWait(servers + 1, offered, 1)).toBeLessThanOrEqual(wait);
        },
      ),
      fuzz(100),
    );
  });
});

describe('bad input', () => {
  it.each([
    [() => erlangB(0, 1), 'servers must be a whole number from 1 to 1000000, got 0'],
    [() => erlangC(1.5, 1), 'servers must be a whole number from 1 to 1000000, got 1.5'],
    [() => erlangC(1_000_001, 1), 'servers must be a whole number from 1 to 1000000, got 1000001'],
    [() => erlangB(1, Number.NaN), 'offered must be a finite number of erlangs from 0, got NaN'],
    [() => erlangC(1, -1), 'offered must be a finite number of erlangs from 0, got -1'],
    [() => erlangC(1, 1 / 0), 'offered must be a finite number of erlangs from 0, got Infinity'],
    [() => meanWait(1, 0.5, -1), 'serviceSeconds must be a number of seconds from 0 to 1000000000, got -1'],
    [() => waitQuantile(1, 0.5, 1, 1), 'quantile must be a number from 0 to below 1, got 1'],
    [() => waitQuantile(1, 0.5, 1, Number.NaN), 'quantile must be a number from 0 to below 1, got NaN'],
  ])('%s is a RangeError that names the argument', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
