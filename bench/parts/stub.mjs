import { costOf, ratioOf } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { named } from '../contestants.mjs';
import { ratioGoal } from '../goals.mjs';
import { LOADS, MODES, VARIANTS, VERSIONS } from '../names.mjs';
import { both } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { table } from '../table.mjs';

/** Histograms have an end to choose where there is an SDK. */
const WITH_SDK = ['bare', 'standard', 'floor', 'instruments', 'ours'];
const OF_MODE = { none: ['bare', 'standard', 'floor', 'ours'], sampled: WITH_SDK, unsampled: WITH_SDK };

const SDK_MODES = ['sampled', 'unsampled'];
const ALL = ['row', 'noRow', 'stubPool'];
/** Queries without a pool, of which the floor reports nothing. */
const ALONE = ['row', 'noRow'];
const COSTS = { cpu: 'added CPU', heap: 'heap per query' };

/**
 * The highest ratios of what a variant adds, by version: of `for` to `to`, in these modes. Against the standard
 * instrumentation, which is what a user compares, and through the SDK's instruments against the floor as well, which
 * shows what pg-otel can improve (docs/decisions/0024-the-floor-of-the-sdk.md).
 */
const GOALS = [
  { of: 'cpu', for: 'ours', to: 'standard', modes: ['none'], loads: ALL, limits: alike(0.3) },
  {
    of: 'cpu',
    for: 'ours',
    to: 'standard',
    modes: ['sampled'],
    loads: ALL,
    limits: { 'otel-2': 0.5, 'otel-3': 0.6 },
  },
  {
    of: 'cpu',
    for: 'ours',
    to: 'standard',
    modes: ['unsampled'],
    loads: ALL,
    limits: { 'otel-2': 0.4, 'otel-3': 0.6 },
  },
  { of: 'cpu', for: 'instruments', to: 'standard', modes: SDK_MODES, loads: ALL, limits: alike(0.8) },
  { of: 'cpu', for: 'instruments', to: 'floor', modes: SDK_MODES, loads: ALONE, limits: alike(1.15) },
  { of: 'heap', for: 'ours', to: 'standard', modes: ['none'], loads: ALL, limits: alike(0.85) },
  {
    of: 'heap',
    for: 'ours',
    to: 'standard',
    modes: SDK_MODES,
    loads: ALL,
    limits: { 'otel-2': 0.5, 'otel-3': 0.65 },
  },
  { of: 'heap', for: 'instruments', to: 'standard', modes: SDK_MODES, loads: ALL, limits: alike(0.85) },
];

function alike(limit) {
  return { 'otel-2': limit, 'otel-3': limit };
}

/** The instrumentation alone, next to the standard one and the floor. */
export const stub = {
  title: 'The instrumentation alone, on a stub',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  cells: cellsOf({ version: Object.keys(VERSIONS), load: ALL, mode: Object.keys(MODES) }),
  measure({ load, mode }, { compared, ...at }) {
    const contestants = [...named(OF_MODE[mode]), ...compared].map((each) => ({ ...each, load }));
    return measure({ ...at, mode, contestants });
  },
  report: (results) => table(HEADS, results.flatMap(rows)),
  judge: (results) =>
    GOALS.flatMap((goal) =>
      results
        .filter(({ mode, load }) => goal.modes.includes(mode) && goal.loads.includes(load))
        .map((result) => judged(goal, result)),
    ),
};

function judged({ of, for: variant, to, limits }, { version, load, mode, measured }) {
  const goal = `${COSTS[of]}, ${MODES[mode]}`;
  return ratioGoal(
    { goal, variant, version, load, to, limit: limits[version] },
    ratioOf(measured, of, variant, to),
  );
}

const HEADS = [
  'OTel',
  'load',
  'mode',
  'variant',
  'added CPU × standard',
  '× floor',
  'added time × standard',
  'heap bytes per query',
  '× standard',
];

function rows({ version, load, mode, measured }) {
  return Object.keys(measured)
    .filter((name) => name !== 'bare')
    .map((name) => [
      VERSIONS[version],
      LOADS[load],
      MODES[mode],
      VARIANTS[name],
      both(ratioOf(measured, 'cpu', name, 'standard')),
      both(ratioOf(measured, 'cpu', name, 'floor')),
      both(ratioOf(measured, 'elapsed', name, 'standard')),
      costOf(measured, 'heap', name).median.toFixed(0),
      ratioOf(measured, 'heap', name, 'standard').median.toFixed(2),
    ]);
}
