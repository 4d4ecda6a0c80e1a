import { addedCost, median, ratio } from './added-cost.mjs';

const SDK_MODES = ['sampled', 'unsampled'];

/** Each: what is compared, in which modes and lines, and the highest ratio. */
const GOALS = [
  { title: 'added CPU without an SDK', of: 'cpu', to: 'standard', modes: ['none'], limit: 0.3 },
  {
    title: 'added CPU, sampled',
    of: 'cpu',
    to: 'standard',
    modes: ['sampled'],
    lines: ['otel-2'],
    limit: 0.8,
  },
  { title: 'added CPU, sampled', of: 'cpu', to: 'floor', modes: ['sampled'], limit: 1.15 },
  { title: 'added CPU, unsampled', of: 'cpu', to: 'standard', modes: ['unsampled'], limit: 0.8 },
  { title: 'heap per query', of: 'heap', to: 'standard', modes: ['none', ...SDK_MODES], limit: 0.85 },
];

/** MB/s */
export const SANITISING_GOAL = 50;

/**
 * The ratios that the goals are about, from the results on a stub client. A goal is met by both measures of a ratio or
 * not at all.
 */
export function judge(results) {
  return GOALS.flatMap((goal) =>
    results
      .filter(({ mode, line }) => goal.modes.includes(mode) && (goal.lines ?? [line]).includes(line))
      .map(({ line, load, mode, measured }) => {
        const ratio = ratioOf(measured, goal.of, 'ours', goal.to);
        return { ...goal, line, load, mode, ratio, isMet: Math.max(ratio.median, ratio.least) <= goal.limit };
      }),
  );
}

/** Of what one contestant adds to the bare driver to what another does; of the heap there is a median only. */
export function ratioOf(measured, of, name, to) {
  return ratio(costOf(measured, of, name), costOf(measured, of, to));
}

export function costOf(measured, of, name) {
  if (of !== 'heap') return addedCost(measured[name][of], measured.bare[of]);
  const bytes = median(measured[name].heap) - median(measured.bare.heap);
  return { median: bytes, least: bytes };
}
