// What is measured, and how long.

/** Spans of a request: what an SDK sends at most at once. */
export const BATCH = 512;

/** Log records for each span; report.mjs has them in words. Foreign ones are the application's own, of no rule. */
export const MIXES = {
  ordinary: { foreign: 1, events: 1 / 10_000 },
  incident: { foreign: 1, events: 1 / 100 },
};

export const EFFORT = {
  full: {
    slow: { rounds: 2, services: 6, queries: 5 },
    refused: 20,
    pools: { count: 6, settleSeconds: 5 },
    load: { rounds: 4, warmUpSeconds: 2, seconds: 10, requests: 10 },
  },
  quick: {
    slow: { rounds: 1, services: 2, queries: 2 },
    refused: 3,
    pools: { count: 1, settleSeconds: 0 },
    load: { rounds: 1, warmUpSeconds: 0.5, seconds: 1, requests: 2 },
  },
};
