import { checkBatchSize, checkVariability } from './arguments';

/**
 * Allen–Cunneen: the mean wait divided by that for exponential times, (ca² + cs²)/2. For batches of m, it is
 * (m·ca² + cs²)/(m + 1), relative to the mean of the batch queue; ca² is then that of the batches.
 * This is a good estimate for means, but **not for quantiles**, for which the plan gives an interval.
 *
 * @param arrivalVariability ca², squared coefficient of variation of the times between arrivals (of batches); 1 for Poisson
 * @param serviceVariability cs², squared coefficient of variation of the service time; 1 for exponential, 0 for constant
 * @param batchSize a whole number from 1 to 1000, default 1
 * @throws {RangeError} that names the argument and the accepted values
 * @see Allen 1990, Probability, Statistics and Queueing Theory with Computer Science Applications, section 5.3
 * @example variabilityFactor(1, 0) // 0.5: constant service halves the mean wait
 */
export function variabilityFactor(
  arrivalVariability: number,
  serviceVariability: number,
  batchSize = 1,
): number {
  checkVariability('arrivalVariability', arrivalVariability);
  checkVariability('serviceVariability', serviceVariability);
  checkBatchSize(batchSize);
  return (batchSize * arrivalVariability + serviceVariability) / (batchSize + 1);
}
