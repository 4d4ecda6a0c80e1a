import { addedCost, median } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { byLoad, named, onLoads } from '../contestants.mjs';
import { LOADS, VERSIONS } from '../names.mjs';
import { nanoseconds, percent } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { STANDARD_QUERY, shareGoal, shareOfStandard } from '../standard-query.mjs';
import { table } from '../table.mjs';

/**
 * Each query in the trace of all, in its own trace, and with the messages of a pool; and how many operations it is. A
 * `pool.query` is a request to the pool and a query.
 */
const OPERATIONS = { row: 1, requests: 1, stubPool: 2 };
const CONTESTANTS = [
  ...STANDARD_QUERY,
  ...onLoads(Object.keys(OPERATIONS), named(['ours', 'loaded', 'insights'])),
];

/** What the insights add to the instrumentation, with an SDK. */
export const insights = {
  title: 'Insights, on a stub',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  format: 2,
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: async (_cell, at) => byLoad(await measure({ ...at, mode: 'sampled', contestants: CONTESTANTS })),
  report: (results) =>
    table(
      ['OTel', 'load', 'added ns of CPU per query', 'by loading alone', '% of standard', 'added heap bytes'],
      costs(results).map(({ version, load, cpu, loading, share, heap }) => [
        VERSIONS[version],
        LOADS[load],
        nanoseconds(cpu),
        nanoseconds(loading),
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
      const { ours, loaded, insights } = measured[load];
      const cpu = addedCost(insights.cpu, ours.cpu);
      return {
        version,
        load,
        cpu,
        loading: addedCost(loaded.cpu, ours.cpu),
        share: shareOfStandard(cpu, measured),
        heap: median(insights.heap) - median(ours.heap),
      };
    }),
  );
}
