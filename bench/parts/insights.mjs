import { addedCost, median } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { byLoad, named, onLoads } from '../contestants.mjs';
import { isWithin } from '../goals.mjs';
import { LOADS, VERSIONS } from '../names.mjs';
import { nanoseconds } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { table } from '../table.mjs';

/** Each query in the trace of all, in its own trace, and with the messages of a pool. */
const CONTESTANTS = onLoads(['row', 'requests', 'stubPool'], named(['ours', 'insights']));
/** Nanoseconds of CPU per query that the insights may add to the instrumentation. */
const LIMIT = 300;

/** What the insights add to the instrumentation, with an SDK. */
export const insights = {
  title: 'Insights, on a stub',
  packages: ['@opentelemetry/sdk-trace', 'pg'],
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: async (_cell, at) => byLoad(await measure({ ...at, mode: 'sampled', contestants: CONTESTANTS })),
  report: (results) =>
    table(
      ['OTel', 'load', 'added ns of CPU per query', 'added heap bytes'],
      costs(results).map(({ version, load, cpu, heap }) => [
        VERSIONS[version],
        LOADS[load],
        nanoseconds(cpu),
        heap.toFixed(0),
      ]),
    ),
  judge: (results) =>
    costs(results).map(({ version, load, cpu }) => ({
      goal: 'added CPU per query',
      version,
      load,
      limit: `${LIMIT} ns`,
      measured: `${nanoseconds(cpu)} ns`,
      isMet: isWithin(cpu, LIMIT / 1_000),
    })),
};

function costs(results) {
  return results.flatMap(({ version, measured }) =>
    Object.entries(measured).map(([load, { ours, insights }]) => ({
      version,
      load,
      cpu: addedCost(insights.cpu, ours.cpu),
      heap: median(insights.heap) - median(ours.heap),
    })),
  );
}
