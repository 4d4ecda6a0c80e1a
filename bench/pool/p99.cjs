// CommonJS: jest runs it, too.
const { mean, quantileSorted, sampleStandardDeviation, variance } = require('simple-statistics');

const P99 = 0.99;
/** Standard errors of a normal distribution that 95 % are within. */
const DEVIATIONS = 1.96;

/**
 * The p99 of all values, and its 95 % confidence interval. Waits that follow each other are alike, so that many of
 * them say less than as many independent ones: the error is that of the share beyond the p99 from block to block.
 *
 * @param blocks lists of values, each longer than the memory of the queue
 */
function p99WithConfidence(blocks) {
  const sorted = Float64Array.from(blocks.flatMap((block) => [...block])).sort();
  const p99 = quantileSorted(sorted, P99);
  const meanLength = sorted.length / blocks.length;
  // Blocks are of equal time, not length: a ratio estimator. Weighted, the beyond sum up to what is expected.
  const beyond = blocks.map(
    (block) =>
      (block.reduce((count, value) => count + (value > p99 ? 1 : 0), 0) - (1 - P99) * block.length) /
      meanLength,
  );
  const error = sampleStandardDeviation(beyond) / Math.sqrt(blocks.length);
  const at = (share) => quantileSorted(sorted, Math.min(1, Math.max(0, share)));
  return { p99, low: at(P99 - DEVIATIONS * error), high: at(P99 + DEVIATIONS * error) };
}

/** Squared coefficient of variation: 1 of exponential values, 0 of constant ones. */
function variability(values) {
  return variance(values) / mean(values) ** 2;
}

module.exports = { p99WithConfidence, variability };
