import { median, ratio } from './added-cost.mjs';
import { costOf } from './goals.mjs';

const SDK_MODES = ['sampled', 'unsampled'];
/** The load of pg that a load is compared with. Each query of Postgres.js asks a pool for a connection. */
const OF_PG = { neonHttp: 'row', neonWebSocket: 'row', postgresJs: 'stubPool' };

/**
 * Of the drivers other than pg, which no package here is compared with. Costs are compared with a query of the bare
 * driver, or with what our instrumentation adds to a query of pg in the same run.
 */
const GOALS = [
  { of: 'cpu', load: 'neonHttp', to: 'bare', modes: ['none'], limit: 0.1 },
  { of: 'cpu', load: 'neonHttp', to: 'bare', modes: SDK_MODES, limit: 1.2 },
  { of: 'heap', load: 'neonHttp', to: 'bare', modes: SDK_MODES, limit: 1 },
  { of: 'cpu', load: 'neonWebSocket', to: 'pg', modes: SDK_MODES, limit: 1.5 },
  { of: 'heap', load: 'neonWebSocket', to: 'pg', modes: SDK_MODES, limit: 1.2 },
  { of: 'cpu', load: 'postgresJs', to: 'pg', modes: SDK_MODES, limit: 1.2 },
];

/** As `judge` of goals.mjs. */
export function judgeDrivers(results) {
  return GOALS.flatMap(({ of, load, to, modes, limit }) =>
    results
      .filter(({ mode }) => modes.includes(mode))
      .map(({ version, mode, byLoad }) => {
        const ratio = driverRatioOf(byLoad, load, of, to);
        const isMet = Math.max(ratio.median, ratio.least) <= limit;
        return { of, name: 'ours', to, version, load, mode, limit, ratio, isMet };
      }),
  );
}

/** Of what ours adds to a query: to the query itself (`bare`), or to what it adds to one of pg (`pg`). */
export function driverRatioOf(byLoad, load, of, to) {
  const added = costOf(byLoad[load], of, 'ours');
  return ratio(
    added,
    to === 'pg' ? costOf(byLoad[OF_PG[load]], of, 'ours') : wholeOf(byLoad[load].bare[of], of),
  );
}

function wholeOf(values, of) {
  return { median: median(values), least: of === 'heap' ? median(values) : Math.min(...values) };
}
