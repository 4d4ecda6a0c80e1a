import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import { simulateQueue } from '../../test/simulated-queue.reference';
import { batchMeanWait, batchWaitExceeds, batchWaitProbability, batchWaitQuantile } from './batch-queue';
import { erlangC, meanWait, waitQuantile } from './erlang';

const relative = (value: number, reference: number) => Math.abs(value - reference) / reference;

describe('a queue of batches', () => {
  it.each([
    [1, 0.5],
    [10, 7],
    [100, 95],
    [1000, 990],
    [10_000, 9_990],
  ])('of one each is M/M/c, at %i servers and %d erlangs', (servers, offered) => {
    expect(relative(batchWaitProbability(servers, offered, 1), erlangC(servers, offered))).toBeLessThan(1e-9);
    expect(
      relative(
        batchMeanWait(servers, offered, 0.05, 1) as number,
        meanWait(servers, offered, 0.05) as number,
      ),
    ).toBeLessThan(1e-9);
    expect(
      relative(
        batchWaitQuantile(servers, offered, 0.05, 1, 0.999) as number,
        waitQuantile(servers, offered, 0.05, 0.999) as number,
      ),
    ).toBeLessThan(1e-9);
  });

  // The Pollaczek–Khinchine formula for batches: ρ/(1−ρ) + (m−1)/(2(1−ρ)) mean service times.
  it.each([2, 5, 40, 1000])('at one server has the mean of the closed formula, %i at once', (batchSize) => {
    for (const offered of [0.01, 0.5, 0.99]) {
      const closed = offered / (1 - offered) + (batchSize - 1) / (2 * (1 - offered));

      expect(relative(batchMeanWait(1, offered, 1, batchSize) as number, closed)).toBeLessThan(1e-9);
    }
  });

  it.each([
    [10, 3, 20],
    [8, 6, 10],
    [30, 24, 4],
    [3, 1.2, 2],
  ])('is the simulated one at %i servers, %d erlangs, %i at once', (servers, offered, batchSize) => {
    const simulated = simulateQueue({ servers, offered, batchSize, arrivals: 2_000_000, seed: 2 });

    expect(relative(batchWaitProbability(servers, offered, batchSize), simulated.waiting)).toBeLessThan(0.03);
    expect(relative(batchMeanWait(servers, offered, 1, batchSize) as number, simulated.mean)).toBeLessThan(
      0.04,
    );
    for (const share of [0.9, 0.99]) {
      const wait = batchWaitQuantile(servers, offered, 1, batchSize, share) as number;
      expect(relative(wait, simulated.quantile(share))).toBeLessThan(0.05);
    }
  });

  it('waits where a queue of single arrivals predicts no wait', () => {
    expect(waitQuantile(10, 3, 0.01, 0.99)).toBe(0);
    expect(batchWaitQuantile(10, 3, 0.01, 20, 0.99)).toBeCloseTo(0.044, 3);
  });

  it('has as mean the integral of the longer waits', () => {
    const step = 0.002;
    let integral = 0;
    for (let t = step / 2; t < 60; t += step) integral += step * batchWaitExceeds(4, 3, 1, 6, t);

    expect(relative(integral, batchMeanWait(4, 3, 1, 6) as number)).toBeLessThan(1e-5);
  });

  it('has as quantile where the share of longer waits is what is left', () => {
    const wait = batchWaitQuantile(50, 49.5, 0.01, 7, 0.999) as number;

    expect(relative(batchWaitExceeds(50, 49.5, 0.01, 7, wait), 0.001)).toBeLessThan(1e-9);
  });

  it('is saturated from as many erlangs as servers on', () => {
    expect(batchWaitProbability(3, 3, 2)).toBe(1);
    expect(batchMeanWait(3, 3, 1, 2)).toBe('saturated');
    expect(batchWaitQuantile(3, 4, 1, 2, 0.5)).toBe('saturated');
    expect(batchWaitExceeds(3, 3, 1, 2, 100)).toBe(1);
  });

  it('of no load, or of a service that takes no time, waits 0', () => {
    expect(batchWaitProbability(3, 0, 2)).toBe(0);
    expect(batchWaitQuantile(3, 0, 1, 2, 0.99)).toBe(0);
    expect(batchMeanWait(3, 2, 0, 2)).toBe(0);
    expect(batchWaitQuantile(3, 2, 0, 2, 0.99)).toBe(0);
    expect(batchWaitExceeds(3, 2, 0, 2, 0)).toBe(0);
  });

  it('makes part of a batch wait however rare batches are', () => {
    for (const offered of [1e-12, 1e-200, Number.MIN_VALUE]) {
      expect(batchWaitProbability(10, offered, 20)).toBeCloseTo(0.5, 9);
      expect(batchWaitExceeds(10, offered, 1, 20, 0.1)).toBeGreaterThan(0.4);
      expect(batchWaitExceeds(10, offered, 1, 1, 0.1)).toBeCloseTo(0, 9);
      expect(batchMeanWait(10, offered, 1, 10)).toBeCloseTo(0, 9);
    }
    expect(batchWaitExceeds(10, 9, 1, 20, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it('is never NaN or infinite, and grows with the batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        fc.integer({ min: 1, max: 40 }),
        (servers, part, batchSize) => {
          const offered = servers * part;
          const wait = batchWaitQuantile(servers, offered, 1, batchSize, 0.99) as number;
          const larger = batchWaitQuantile(servers, offered, 1, batchSize + 1, 0.99) as number;

          expect(Number.isFinite(wait)).toBe(true);
          expect(larger).toBeGreaterThanOrEqual(wait * (1 - 1e-9) - 1e-9);
        },
      ),
      fuzz(100),
    );
  });

  it.each([
    [() => batchWaitProbability(3, 1, 0), 'batchSize must be a whole number from 1 to 1000, got 0'],
    [() => batchMeanWait(3, 1, 1, 1001), 'batchSize must be a whole number from 1 to 1000, got 1001'],
    [() => batchWaitQuantile(3, 1, 1, 2, 2), 'quantile must be a number from 0 to below 1, got 2'],
    [() => batchWaitExceeds(3, 1, 1, 2, -1), 'seconds must be a number from 0, got -1'],
    [() => batchMeanWait(3, Number.NaN, 1, 2), 'offered must be a finite number of erlangs from 0, got NaN'],
  ])('%s is a RangeError that names the argument', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
