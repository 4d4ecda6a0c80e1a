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

/** Of what the standard instrumentation with NodeSDK costs until its spans have left, in full batches. */
const WHOLE = { loads: ['row', 'pool'], limits: { 'otel-2': 0.4, 'otel-3': 0.45 } };
/** Of what that set-up adds to the CPU of a process until its first query is answered. */
const STARTUP_LIMIT = 0.75;
/** Nanoseconds per query. */
export const RUNNING_GOAL = 50;
/** Nanoseconds of CPU per query that a managed pool may add to a bare one. */
export const MANAGED_GOAL = 300;
/** Nanoseconds of CPU per query that the insights may add to the instrumentation. */
export const INSIGHTS_GOAL = 300;
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

/** As `judge`, of results by stage. */
export function judgeWhole(whole) {
  return whole
    .filter(({ load }) => WHOLE.loads.includes(load))
    .map(({ version, load, measured }) =>
      judged(
        { of: 'whole', version, load, mode: 'sampled', limit: WHOLE.limits[version] },
        wholeRatioOf(measured, 'sent'),
      ),
    );
}

/** Of what ours adds until a stage to what the standard does. */
export function wholeRatioOf(measured, stage) {
  return ratio(costOf(measured, 'cpu', `ours ${stage}`), costOf(measured, 'cpu', `standard ${stage}`));
}

/** As `judge`, of starts. */
export function judgeStartup(startup) {
  return startup.map(({ version, measured }) =>
    judged(
      { of: 'startup', version, load: 'start', mode: 'sampled', limit: STARTUP_LIMIT },
      startupRatioOf(measured, 'answered', 'cpu'),
    ),
  );
}

export function startupRatioOf(measured, moment, of) {
  return ratio(startupCostOf(measured, moment, of, 'ours'), startupCostOf(measured, moment, of, 'standard'));
}

export function startupCostOf(measured, moment, of, name) {
  return addedCost(measured[name][moment][of], measured.bare[moment][of]);
}

function judged(goal, ratio) {
  const isMet = Math.max(ratio.median, ratio.least) <= goal.limit;
  return { ...goal, name: 'ours', to: 'standard', ratio, isMet };
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
