/** The seed of every fuzz test unless `FUZZ_SEED` names another: each run of CI then tests the same inputs. */
const SEED = 15;

/** The time box of one property. A slow machine tests fewer inputs; it does not fail. */
const LIMIT_MILLIS = 60_000;

/** The share of the inputs that `npm test` tests: the first. */
const SHARE = 1 / 4;

export interface FuzzParameters {
  readonly seed: number;
  readonly numRuns: number;
  readonly interruptAfterTimeLimit: number;
}

/**
 * Parameters of fast-check for a fuzz test (`*.fuzz.test.ts`): `fc.assert(property, fuzz(500))`. When a property
 * fails, fast-check prints the seed; `FUZZ_SEED=<seed>` repeats that run.
 *
 * `npm test` tests a quarter of the inputs. `npm run test:all` and CI (`TEST_ALL_RUNTIMES`), and a run with `FUZZ_SEED`, test
 * all of them.
 *
 * @throws {RangeError} when `FUZZ_SEED` is not an integer
 */
export function fuzz(numRuns: number): FuzzParameters {
  const { FUZZ_SEED, TEST_ALL_RUNTIMES } = process.env;
  const seed = FUZZ_SEED === undefined ? SEED : Number(FUZZ_SEED);
  if (!Number.isInteger(seed)) throw new RangeError(`FUZZ_SEED must be an integer, got "${FUZZ_SEED}"`);
  const isWhole = FUZZ_SEED !== undefined || TEST_ALL_RUNTIMES !== undefined;
  return {
    seed,
    numRuns: isWhole ? numRuns : Math.ceil(numRuns * SHARE),
    interruptAfterTimeLimit: LIMIT_MILLIS,
  };
}
