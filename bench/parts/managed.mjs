import { median } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { named, onLoads } from '../contestants.mjs';
import { VERSIONS } from '../names.mjs';
import { nanoseconds, percent } from '../numbers.mjs';
import { measureSmallCosts, shareGoal, shareOfStandard, smallCost } from '../small-costs.mjs';
import { table } from '../table.mjs';

/** Loads of a managed pool, and the options of its manager. */
const OPTIONS = { managedPool: 'default', retryingPool: '`retry: true`' };
const CONTESTANTS = onLoads(['stubPool', ...Object.keys(OPTIONS)], named(['bare']));

/** What a manager adds to a pool, without an SDK. */
export const managed = {
  title: 'A managed pool, on a stub',
  packages: ['@opentelemetry/instrumentation-pg', 'pg'],
  format: 3,
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: (_cell, at) => measureSmallCosts({ ...at, mode: 'none' }, CONTESTANTS),
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
  const { processes, loads } = measured;
  const [{ bare: pool }, { bare }] = [loads[load], loads.stubPool];
  const cpu = smallCost(pool.cpu, bare.cpu, processes);
  return { cpu, share: shareOfStandard(cpu, measured), heap: median(pool.heap) - median(bare.heap) };
}
