import { simulateSharedCores } from '../test/core-sharing.reference';
import { exponential, hyperexponential, simulateQueue } from '../test/simulated-queue.reference';
import { type Demand, demandOf, type Load } from './load';
import { type Waits, waitsAt } from './waits';

/** Log-normal times with mean 1, whose tail is heavier than an exponential one. */
const lognormal = (variability: number) => (random: () => number) => {
  const square = Math.log(1 + variability);
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(normal * Math.sqrt(square) - square / 2);
};

const services = [
  ['exponential', 1, exponential],
  ['constant', 0, () => 1],
  ['hyperexponential', 10, hyperexponential(10)],
  ['log-normal', 4, lognormal(4)],
] as const;

function plainDemand(
  connections: number,
  utilisation: number,
  batchSize: number,
  variability: number,
): Demand {
  return {
    checkoutsPerSecond: connections * utilisation,
    useTimeSeconds: 1,
    isUseTimeMeasured: true,
    useTimeVariability: variability,
    arrivalVariability: 1,
    batchSize,
    sharedCores: undefined,
  };
}

/** Expects a simulated value in the interval, with a tolerance for the error of a simulation of this length. */
function expectInside(figure: Waits['p99'], simulated: number) {
  if (typeof figure !== 'object') throw new Error(`no interval: ${figure}`);
  expect(simulated).toBeGreaterThan(figure.low * 0.97);
  expect(simulated).toBeLessThan(figure.high === 'saturated' ? Infinity : figure.high * 1.03);
}

describe.each(services)('of %s use times', (_, variability, service) => {
  it.each([
    [2, 0.75, 1],
    [10, 0.85, 1],
    [10, 0.95, 1],
    [10, 0.75, 10],
    [30, 0.8, 5],
  ])(
    'the p99 of %i connections at %d, %i at once, is inside the interval',
    (connections, part, batchSize) => {
      const queue = { servers: connections, offered: connections * part, batchSize };
      const simulated = simulateQueue({ ...queue, arrivals: 300_000, seed: 5, service });

      expectInside(
        waitsAt(connections, plainDemand(connections, part, batchSize, variability)).p99,
        simulated.quantile(0.99),
      );
    },
  );
});

it.each([
  [2, 0.6, 1],
  [10, 0.7, 1],
  [10, 0.6, 10],
  [30, 0.6, 10],
])(
  'the p99 of %i connections at %d, %i at once, is one number within 10 %%',
  (connections, part, batchSize) => {
    const { p99 } = waitsAt(connections, plainDemand(connections, part, batchSize, 1));
    const queue = { servers: connections, offered: connections * part, batchSize };
    const simulated = simulateQueue({ ...queue, arrivals: 1_000_000, seed: 5 }).quantile(0.99);

    expect(Math.abs((p99 as number) - simulated) / simulated).toBeLessThan(0.1);
  },
);

describe('where the cores are shared', () => {
  const circumstances: [connections: number, cores: number, cpuShare: number, processes: number][] = [
    [10, 2, 1, 1],
    [10, 4, 0.5, 1],
    [6, 2, 0.2, 2],
    [4, 2, 1, 4],
  ];

  it.each(circumstances)(
    'the p99 of %i connections on %d cores, CPU share %d, %i processes, is inside the interval, by a use time that was ' +
      'measured under load as by one that was not',
    (connections, cores, cpuShare, processes) => {
      const checkoutsPerSecond = (0.8 * cores) / cpuShare / processes;
      const simulated = simulateSharedCores({
        servers: connections,
        offered: checkoutsPerSecond,
        cores,
        cpuShare,
        pools: processes,
        arrivals: 200_000,
        seed: 3,
      });
      const p99 = (load: Load) =>
        waitsAt(
          connections,
          demandOf({ ...load, cpuSecondsPerCheckout: cpuShare }, { cores, processes }, checkoutsPerSecond),
        ).p99;

      const measured = { peakCheckoutsPerSecond: checkoutsPerSecond * processes };
      expectInside(p99({ ...measured, useTimeSeconds: simulated.useTime }), simulated.quantile(0.99));
      expectInside(p99({ useTimeSeconds: 1 }), simulated.quantile(0.99));
    },
  );

  it('a use time that is CPU time, or less, is not shortened by the waiting in it', () => {
    const p99 = (useTimeSeconds: number) =>
      waitsAt(
        10,
        demandOf(
          { peakCheckoutsPerSecond: 1.5, useTimeSeconds, cpuSecondsPerCheckout: 1 },
          { cores: 2 },
          1.5,
        ),
      ).p99;

    expect(p99(0.5)).toEqual({ low: expect.any(Number), high: expect.any(Number) });
    expect(p99(1)).toEqual({ low: expect.any(Number), high: expect.any(Number) });
  });
});
