// What is measured, and how long.

const SIZES = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64];
export const CALLERS = 128;
export const KINDS = ['cpu', 'mixed', 'hotRows', 'sleep'];
export const LARGEST = SIZES.at(-1);

const LIGHT = [0.3, 0.5, 0.68];
const HEAVY = [0.8, 0.9, 0.95];

/** Utilisation is of the pool, by the use time under light load; the measured one is a little above. */
function cell(kind, connections, utilisation, pattern, more = {}) {
  return { kind, connections, utilisation, pattern, copies: 1, ...more };
}

/** More copies of small pools: fewer come to each. */
const COPIES = new Map([
  [2, 3],
  [4, 2],
  [10, 1],
]);

const poisson = [...COPIES].flatMap(([connections, copies]) =>
  [...LIGHT, ...HEAVY].map((utilisation) =>
    cell('exponential', connections, utilisation, 'poisson', { copies }),
  ),
);

const others = [
  ...[0.5, 0.68, 0.9].flatMap((utilisation) =>
    [4, 10].map((connections) => cell('constant', connections, utilisation, 'poisson', { copies: 2 })),
  ),
  ...[
    [4, 0.5, 4],
    [10, 0.3, 20],
    [10, 0.5, 5],
    [10, 0.68, 5],
    [10, 0.8, 10],
  ].map(([connections, utilisation, size]) =>
    cell('exponential', connections, utilisation, 'batches', { options: { size }, copies: 2 }),
  ),
  ...[
    [4, 0.5, 4],
    [10, 0.68, 4],
    [10, 0.8, 4],
    [10, 0.5, 10],
  ].map(([connections, utilisation, variability]) =>
    cell('exponential', connections, utilisation, 'bursts', { options: { variability }, copies: 2 }),
  ),
  cell('exponential', 10, 0.55, 'alternating', { options: { low: 0.4, high: 1.6, seconds: 2 }, copies: 2 }),
];

/** Cost the server little, so that all of a group run at once. */
export const SLEEPING = [poisson, others];

/** Alone, one after the other, and without polling, which would take the server's cores: `share` is of the best throughput. */
export const WORKING = [
  { kind: 'cpu', connections: 3, share: 0.6 },
  { kind: 'cpu', connections: 10, share: 0.8 },
  { kind: 'mixed', connections: 6, share: 0.4 },
  { kind: 'mixed', connections: 12, share: 0.6 },
  { kind: 'hotRows', connections: 3, share: 0.4 },
  { kind: 'hotRows', connections: 6, share: 0.6 },
].map((one) => ({ ...one, pattern: 'poisson', copies: 1 }));

export const EFFORT = {
  full: {
    sizes: SIZES,
    rounds: 3,
    closed: { settleSeconds: 0.25, seconds: 1.1 },
    pairs: 5,
    calibrate: { settleSeconds: 0.5, seconds: 4, pollSeconds: 0.002 },
    sleeping: { settleSeconds: 4, seconds: 120, pollSeconds: 0.002 },
    working: { settleSeconds: 1, seconds: 20, pollSeconds: 0 },
    blockSeconds: 4,
  },
  quick: {
    sizes: [1, 4, LARGEST],
    rounds: 1,
    closed: { settleSeconds: 0.1, seconds: 0.2 },
    pairs: 1,
    calibrate: { settleSeconds: 0.1, seconds: 0.5, pollSeconds: 0.002 },
    sleeping: { settleSeconds: 0.5, seconds: 3, pollSeconds: 0.002 },
    working: { settleSeconds: 0.1, seconds: 0.7, pollSeconds: 0 },
    blockSeconds: 0.1,
  },
};
