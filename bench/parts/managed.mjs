import { addedCost, median } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { byLoad, named, onLoads } from '../contestants.mjs';
import { VERSIONS } from '../names.mjs';
import { nanoseconds, percent } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { STANDARD_QUERY, shareGoal, shareOfStandard } from '../standard-query.mjs';
import { table } from '../table.mjs';

/** Loads of a managed pool, and the options of its manager. */
const OPTIONS = { managedPool: 'default', retryingPool: '`retry: true`' };
const CONTESTANTS = [...STANDARD_QUERY, ...onLoads(['stubPool', ...Object.keys(OPTIONS)], named(['bare']))];

/** What a manager adds to a pool, without an SDK. */
export const managed = {
  title: 'A managed pool, on a stub',
  packages: ['@opentelemetry/instrumentation-pg', 'pg'],
  format: 2,
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: async (_cell, at) => byLoad(await measure({ ...at, mode: 'none', contestants: CONTESTANTS })),
  report: (results) =>
    table(
      ['OTel', 'options', 'added ns of CPU per `pool.query`', '% of standard', 'added heap bytes'],
      results.flatMap(({ version, measured }) =>
        Object.entries(OPTIONS).map(([load, options]) => {
          const { cpu, share, heap } = costOf(load, measured);
          return [VERSIONS[version], options, nanoseconds(cpu), percent(share), heap.toFixed(0)];
        }),
      ),
    ),
  // The goal is that of a query of the pool, so a `pool.query` counts as one operation.
  judge: (results) =>
    results.map(({ version, measured }) =>
      shareGoal(
        { goal: 'added CPU per `pool.query`', version, operations: 1 },
        costOf('managedPool', measured).share,
      ),
    ),
};

function costOf(load, measured) {
  const [{ bare: pool }, { bare }] = [measured[load], measured.stubPool];
  const cpu = addedCost(pool.cpu, bare.cpu);
  return { cpu, share: shareOfStandard(cpu, measured), heap: median(pool.heap) - median(bare.heap) };
}
