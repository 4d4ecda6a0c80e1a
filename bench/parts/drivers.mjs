import { costOf, median, ratio } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { byLoad, named, onLoads } from '../contestants.mjs';
import { ratioGoal } from '../goals.mjs';
import { LOADS, MODES, VERSIONS } from '../names.mjs';
import { both } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { table } from '../table.mjs';

/**
 * The load of pg that a load is compared with. Each query of Postgres.js asks a pool for a connection, and takes a turn of the
 * event loop.
 */
const OF_PG = { neonHttp: 'row', neonWebSocket: 'row', postgresJs: 'poolInTurns', poolInTurns: 'stubPool' };
const DRIVER_LOADS = Object.keys(OF_PG);
const SDK_MODES = ['sampled', 'unsampled'];
const COSTS = { cpu: 'added CPU', heap: 'heap per query' };

/**
 * Of the drivers other than pg, which no package here is compared with. Costs are compared with a query of the bare
 * driver, or with what pg-otel adds to a query of pg in the same run.
 */
const GOALS = [
  { of: 'cpu', load: 'neonHttp', to: 'bare', modes: ['none'], limit: 0.1 },
  { of: 'cpu', load: 'neonHttp', to: 'bare', modes: SDK_MODES, limit: 1.2 },
  { of: 'heap', load: 'neonHttp', to: 'bare', modes: SDK_MODES, limit: 1 },
  { of: 'cpu', load: 'neonWebSocket', to: 'pg', modes: SDK_MODES, limit: 1.5 },
  { of: 'heap', load: 'neonWebSocket', to: 'pg', modes: SDK_MODES, limit: 1.2 },
  { of: 'cpu', load: 'postgresJs', to: 'pg', modes: SDK_MODES, limit: 1.2 },
];

export const drivers = {
  title: 'Other drivers, on stubs',
  packages: ['@opentelemetry/sdk-trace', 'pg', 'postgres', '@neondatabase/serverless'],
  cells: cellsOf({ version: Object.keys(VERSIONS), mode: Object.keys(MODES) }),
  async measure({ mode }, { compared, ...at }) {
    const loads = [...new Set(Object.values(OF_PG)), ...DRIVER_LOADS];
    const contestants = onLoads(loads, [...named(['bare', 'ours']), ...compared]);
    return byLoad(await measure({ ...at, mode, contestants }));
  },
  report: (results) =>
    table(
      HEADS,
      DRIVER_LOADS.flatMap((load) => results.map((result) => row(load, result))),
    ),
  judge: (results) =>
    GOALS.flatMap(({ of, load, to, modes, limit }) =>
      results
        .filter(({ mode }) => modes.includes(mode))
        .map(({ version, mode, measured }) =>
          ratioGoal(
            { goal: `${COSTS[of]}, ${MODES[mode]}`, version, load, to, limit },
            ratioTo(to, measured, load, of),
          ),
        ),
    ),
};

const HEADS = [
  'OTel',
  'query',
  'mode',
  'added CPU × bare',
  "× pg's",
  'heap bytes per query',
  '× bare',
  "× pg's",
];

function row(load, { version, mode, measured }) {
  // Without an SDK almost nothing is added, and a ratio of two such numbers means nothing.
  const toPg = (of) => (mode === 'none' ? undefined : ratioTo('pg', measured, load, of));
  const cpu = toPg('cpu');
  return [
    VERSIONS[version],
    LOADS[load],
    MODES[mode],
    both(ratioTo('bare', measured, load, 'cpu')),
    cpu === undefined ? '' : both(cpu),
    costOf(measured[load], 'heap', 'ours').median.toFixed(0),
    ratioTo('bare', measured, load, 'heap').median.toFixed(2),
    toPg('heap')?.median.toFixed(2) ?? '',
  ];
}

/** Of what pg-otel adds to a query: to the query itself (`bare`), or to what it adds to one of pg (`pg`). */
function ratioTo(to, measured, load, of) {
  const added = costOf(measured[load], of, 'ours');
  return ratio(
    added,
    to === 'pg' ? costOf(measured[OF_PG[load]], of, 'ours') : wholeOf(measured[load].bare[of], of),
  );
}

function wholeOf(values, of) {
  return { median: median(values), least: of === 'heap' ? median(values) : Math.min(...values) };
}
