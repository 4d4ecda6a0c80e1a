import { median } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { named, onLoads } from '../contestants.mjs';
import { LOADS, VERSIONS } from '../names.mjs';
import { nanoseconds, percent } from '../numbers.mjs';
import { measureSmallCosts, shareGoal, shareOfStandard, smallCost } from '../small-costs.mjs';
import { table } from '../table.mjs';

/**
 * Each query in the trace of all, in its own trace, and with the messages of a pool; and how many operations it is. A
 * `pool.query` is a request to the pool and a query.
 */
const OPERATIONS = { row: 1, requests: 1, stubPool: 2 };
const CONTESTANTS = onLoads(Object.keys(OPERATIONS), named(['ours', 'insights']));

/** What the insights add to the instrumentation, with an SDK. */
export const insights = {
  title: 'Insights, on a stub',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  format: 3,
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: (_cell, at) => measureSmallCosts({ ...at, mode: 'sampled' }, CONTESTANTS),
  report: (results) =>
    table(
      ['OTel', 'load', 'added ns of CPU per query', '% of standard', 'added heap bytes'],
      costs(results).map(({ version, load, cpu, share, heap }) => [
        VERSIONS[version],
        LOADS[load],
        nanoseconds(cpu),
        percent(share),
        heap.toFixed(0),
      ]),
    ),
  judge: (results) =>
    costs(results).map(({ version, load, share }) =>
      shareGoal({ goal: 'added CPU per query', version, load, operations: OPERATIONS[load] }, share),
    ),
};

function costs(results) {
  return results.flatMap(({ version, measured }) =>
    Object.keys(OPERATIONS).map((load) => {
      const { ours, insights } = measured.loads[load];
      const cpu = smallCost(insights.cpu, ours.cpu, measured.processes);
      return {
        version,
        load,
        cpu,
        share: shareOfStandard(cpu, measured),
        heap: median(insights.heap) - median(ours.heap),
      };
    }),
  );
}
