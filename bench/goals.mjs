import { addedCost, median, ratio } from './added-cost.mjs';

const SDK_MODES = ['sampled', 'unsampled'];
/** Queries without a pool, of which the floor reports nothing. */
const ALONE = ['row', 'noRow'];

/**
 * The highest ratios of what a contestant adds, by version: of `for` to `to`, in these modes. Against the standard
 * instrumentation, which is what a user compares, and through the SDK's instruments against the floor as well, which
 * shows what is ours to improve (docs/decisions/0024-the-floor-of-the-sdk.md).
 */
const GOALS = [
  { of: 'cpu', for: 'ours', to: 'standard', modes: ['none'], limits: both(0.3) },
  { of: 'cpu', for: 'ours', to: 'standard', modes: ['sampled'], limits: { 'otel-2': 0.5, 'otel-3': 0.6 } },
  { of: 'cpu', for: 'ours', to: 'standard', modes: ['unsampled'], limits: { 'otel-2': 0.4, 'otel-3': 0.6 } },
  { of: 'cpu', for: 'instruments', to: 'standard', modes: SDK_MODES, limits: both(0.8) },
  { of: 'cpu', for: 'instruments', to: 'floor', modes: SDK_MODES, loads: ALONE, limits: both(1.15) },
  { of: 'heap', for: 'ours', to: 'standard', modes: ['none'], limits: both(0.85) },
  { of: 'heap', for: 'ours', to: 'standard', modes: SDK_MODES, limits: { 'otel-2': 0.5, 'otel-3': 0.65 } },
  { of: 'heap', for: 'instruments', to: 'standard', modes: SDK_MODES, limits: both(0.85) },
];

function both(limit) {
  return { 'otel-2': limit, 'otel-3': limit };
}

/** Nanoseconds per query. */
export const RUNNING_GOAL = 50;
/** Nanoseconds of CPU per query that a managed pool may add to a bare one. */
export const MANAGED_GOAL = 300;
/** MB/s */
export const SANITISING_GOAL = 50;

/**
 * The ratios that the goals are about, from the results on a stub client. A goal is met by both measures of a ratio or
 * not at all.
 */
export function judge(results) {
  return GOALS.flatMap((goal) =>
    results
      .filter(
        ({ mode, version, load }) =>
          goal.modes.includes(mode) && version in goal.limits && (goal.loads?.includes(load) ?? true),
      )
      .map(({ version, load, mode, measured }) => {
        const { of, for: name, to, limits } = goal;
        const limit = limits[version];
        const ratio = ratioOf(measured, of, name, to);
        return {
          of,
          name,
          to,
          version,
          load,
          mode,
          limit,
          ratio,
          isMet: Math.max(ratio.median, ratio.least) <= limit,
        };
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
