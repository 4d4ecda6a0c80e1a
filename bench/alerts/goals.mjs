/** Seconds from the limit to Alertmanager, of the median and of 95 %. */
export const EVENT_GOAL = 2;
/** Seconds from a pool that is nearly exhausted to the receiver of critical alerts: each. */
export const POOL_GOAL = 60;

/** Of sorted copies: `{ count, median, p95, max }`; p95 is one that was measured (nearest rank). */
export function summary(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { count: sorted.length, median: at(0.5), p95: at(0.95), max: at(1) };
}

export function verdict(isMet) {
  return isMet ? 'met' : 'MISSED';
}
