import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Random numbers that are the same in each run; those of another stream are independent. */
export function sources(stream) {
  const generator = xoroshiro128plus(1);
  for (let jump = 0; jump < stream; jump++) generator.jump();
  const uniform = () => uniformFloat64(generator);
  return { uniform, exponential: () => -Math.log(1 - uniform()) };
}

/** Functions of a rate (arrivals per second) and sources, each yields `{ at, size }`: seconds, so many at once. */
const patterns = {
  *poisson(rate, { exponential }) {
    for (let at = exponential() / rate; ; at += exponential() / rate) yield { at, size: 1 };
  },

  /** Requests that ask for `size` connections at once (`Promise.all`); requests are Poisson. */
  *batches(rate, { exponential }, { size }) {
    for (let at = (exponential() * size) / rate; ; at += (exponential() * size) / rate) yield { at, size };
  },

  /** Independent gaps of two exponential kinds, short and long, with balanced means: variance / mean² is given. */
  *bursts(rate, { uniform, exponential }, { variability }) {
    const often = (1 + Math.sqrt((variability - 1) / (variability + 1))) / 2;
    for (let at = 0; ; ) {
      const part = uniform() < often ? often : 1 - often;
      at += exponential() / (2 * part * rate);
      yield { at, size: 1 };
    }
  },

  /** Poisson with `low` and `high` times the rate in turn, so many seconds each. */
  *alternating(rate, { exponential }, { low, high, seconds }) {
    // Times of a clock that runs as fast as arrivals come.
    const perPair = seconds * rate * (low + high);
    for (let passed = exponential(); ; passed += exponential()) {
      const pair = Math.floor(passed / perPair);
      const inPair = passed - pair * perPair;
      const inLow = Math.min(inPair, seconds * rate * low);
      const at = pair * 2 * seconds + inLow / (rate * low) + (inPair - inLow) / (rate * high);
      yield { at, size: 1 };
    }
  },
};

export function arrivals({ pattern, rate, options }, random) {
  return patterns[pattern](rate, random, options);
}
