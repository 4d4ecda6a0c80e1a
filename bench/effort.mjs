/** How much is measured. `quick` only proves that the bench works. */
export const EFFORT = {
  full: {
    launches: 4,
    rounds: 30,
    warmUp: 20_000,
    heapQueries: 300,
    roundMillis: 12,
    smallCosts: { launches: 16, rounds: 8 },
    starts: 25,
    running: { queries: 100_000, rounds: 40 },
    sanitising: { characters: 64_000, passes: 4, seconds: 0.2 },
    diagnosis: { sessions: [100, 1000], repetitions: 20 },
  },
  quick: {
    launches: 1,
    rounds: 2,
    warmUp: 200,
    heapQueries: 300,
    roundMillis: 12,
    smallCosts: { launches: 1, rounds: 2 },
    starts: 1,
    running: { queries: 1_000, rounds: 2 },
    sanitising: { characters: 1_000, passes: 1, seconds: 0 },
    diagnosis: { sessions: [60], repetitions: 2 },
  },
};

/**
 * A query on a server takes thirty times as long: fewer of them to warm up, and the compiler has its time. Rounds are
 * longer, as the time of a query varies more. The heap is that on the stub.
 */
export const onServer = (effort) => ({
  ...effort,
  warmUp: effort.warmUp / 10,
  roundMillis: 30,
  heapQueries: 0,
});
