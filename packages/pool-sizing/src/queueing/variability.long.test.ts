import { hyperexponential, simulateQueue } from '../../test/simulated-queue.reference';
import { batchMeanWait } from './batch-queue';
import { variabilityFactor } from './variability';

describe('the factor of Allen and Cunneen', () => {
  it('is 1 for exponential times, and half for constant ones', () => {
    expect(variabilityFactor(1, 1)).toBe(1);
    expect(variabilityFactor(1, 0)).toBe(0.5);
    expect(variabilityFactor(0, 0)).toBe(0);
    expect(variabilityFactor(1, 50)).toBe(25.5);
  });

  it('weighs the arrivals of batches by their size', () => {
    expect(variabilityFactor(1, 1, 9)).toBe(1);
    expect(variabilityFactor(1, 0, 9)).toBe(0.9);
  });

  it.each([
    ['constant', 0, 1, () => 1],
    ['hyperexponential', 4, 1, hyperexponential(4)],
    ['constant', 0, 5, () => 1],
    ['hyperexponential', 4, 5, hyperexponential(4)],
  ] as const)(
    'gives the mean wait of %s times (cv² %d), %i at once, within a sixth',
    (_, variability, batchSize, service) => {
      const queue = { servers: 4, offered: 3.2, batchSize };
      const simulated = simulateQueue({ ...queue, service, arrivals: 2_000_000, seed: 1 });
      const mean =
        (batchMeanWait(4, 3.2, 1, batchSize) as number) * variabilityFactor(1, variability, batchSize);

      expect(Math.abs(mean - simulated.mean) / simulated.mean).toBeLessThan(1 / 6);
    },
  );

  it.each([
    [
      () => variabilityFactor(-1, 1),
      'arrivalVariability must be a finite number from 0 (squared coefficient of variation), got -1',
    ],
    [
      () => variabilityFactor(1, Number.NaN),
      'serviceVariability must be a finite number from 0 (squared coefficient of variation), got NaN',
    ],
  ])('%s is a RangeError that names the argument', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });
});
