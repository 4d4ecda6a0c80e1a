export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * What a variant adds to the bare driver, twice: `median` of the differences within a round, and `least`, the
 * difference of the two best rounds, which is what remains when nothing disturbs.
 */
export function addedCost(values, bare) {
  return {
    median: median(values.map((value, round) => value - bare[round])),
    least: Math.min(...values) - Math.min(...bare),
  };
}

export function ratio(of, to) {
  return { median: of.median / to.median, least: of.least / to.least };
}

/** What a contestant adds to the bare driver, of `cpu`, `elapsed` or `heap`; of the heap there is a median only. */
export function costOf(measured, of, name) {
  if (of !== 'heap') return addedCost(measured[name][of], measured.bare[of]);
  const bytes = median(measured[name].heap) - median(measured.bare.heap);
  return { median: bytes, least: bytes };
}

/** Of what one contestant adds to what another does. */
export function ratioOf(measured, of, name, to) {
  return ratio(costOf(measured, of, name), costOf(measured, of, to));
}
