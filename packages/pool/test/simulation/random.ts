import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

// Inside jest, each access to a global takes long.
const { log } = Math;

/** Random numbers that are the same in each run. */
export interface Random {
  /** From 0 to below 1. */
  uniform(): number;
  /** With mean 1. */
  exponential(): number;
}

export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(generator);
  return { uniform, exponential: () => -log(1 - uniform()) };
}
