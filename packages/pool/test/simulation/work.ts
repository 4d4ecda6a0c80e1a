import type { Random } from './random';

// Inside jest, each access to a global takes long.
const { floor, max } = Math;

/** What a checkout does in the server, one step after the other. */
export type Step = { cpu: number } | { sleep: number } | { lock: number } | 'unlock';

export interface Work {
  steps(random: Random): Step[];
  /** By how much CPU time grows with the queries in the server and with those that wait for a row. */
  overhead(running: number, waitingForRows: number): number;
}

const none = () => 1;
const HOT_ROWS = 4;
/** A time that varies by 30 % around its mean. */
const around = (seconds: number, { uniform }: Random) => seconds * (0.7 + 0.6 * uniform());

/**
 * Work like that of research on a server with two cores, one connection to the best: CPU-bound 126 to 328 per second
 * from 3 connections on; mixed 97 to 904 at 16, less 20 % at 48 to 64; hot rows 998 to 2426 at 8, less 49 % at 48;
 * sleep-like 87 to 5844 at 64. `calibration.long.test.ts` holds the simulated server against these figures.
 */
export const WORK = {
  cpu: {
    steps: (random) => [{ cpu: around(0.0061, random) }, { sleep: around(0.0018, random) }],
    overhead: none,
  },
  mixed: {
    steps: (random) => [{ cpu: around(0.0022, random) }, { sleep: around(0.0081, random) }],
    overhead: (running) => 1 + 0.0058 * max(0, running - 16),
  },
  hotRows: {
    steps: (random) => [
      { cpu: around(0.00056, random) },
      { lock: floor(random.uniform() * HOT_ROWS) },
      { cpu: around(0.00025, random) },
      { sleep: around(0.0001, random) },
      'unlock',
      { sleep: around(0.0001, random) },
    ],
    overhead: (_running, waitingForRows) => 1 + 0.024 * max(0, waitingForRows - 3),
  },
  sleep: {
    steps: (random) => [{ cpu: 0.00005 }, { sleep: around(0.0109, random) }],
    overhead: none,
  },
} satisfies Record<string, Work>;

export type Kind = keyof typeof WORK;
