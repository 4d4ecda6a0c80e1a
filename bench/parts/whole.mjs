import { costOf, ratio } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { onServer } from '../effort.mjs';
import { ratioGoal } from '../goals.mjs';
import { LOADS, VERSIONS } from '../names.mjs';
import { both } from '../numbers.mjs';
import { table } from '../table.mjs';
import { measureWhole } from '../whole/measure.mjs';

/** One on a stub, and those with a server. */
const NAMES = { row: 'stub client', client: LOADS.client, pool: LOADS.pool };
/** The last one first: it is the whole cost. */
const STAGES = {
  sent: 'the receiver has answered',
  encoded: 'the batch is encoded',
  ended: 'its spans have ended',
};
/** Of what the standard instrumentation with NodeSDK costs until its spans have left, in full batches. */
const GOAL = { loads: ['row', 'pool'], limits: { 'otel-2': 0.4, 'otel-3': 0.45 } };

/** The whole cost of a query with the distribution, export included. */
export const whole = {
  title: 'A sampled query, export included',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  needsServer: true,
  cells: cellsOf({ version: Object.keys(VERSIONS), load: Object.keys(NAMES) }),
  measure: ({ load }, { effort, ...at }) =>
    measureWhole({ ...at, load, effort: load === 'row' ? effort : onServer(effort) }),
  report: (results) =>
    table(
      ['OTel', 'load', 'until', 'standard: added µs of CPU per query', 'pg-otel', 'pg-otel × standard'],
      Object.keys(STAGES).flatMap((stage) => results.map((result) => row(stage, result))),
    ),
  judge: (results) =>
    results
      .filter(({ load }) => GOAL.loads.includes(load))
      .map(({ version, load, measured }) =>
        ratioGoal(
          { goal: 'added CPU', version, load: NAMES[load], to: 'standard', limit: GOAL.limits[version] },
          ratioUntil('sent', measured),
        ),
      ),
};

/** Of what pg-otel adds until a stage to what the standard set-up does. */
function ratioUntil(stage, measured) {
  return ratio(costOf(measured, 'cpu', `ours ${stage}`), costOf(measured, 'cpu', `standard ${stage}`));
}

const row = (stage, { version, load, measured }) => [
  VERSIONS[version],
  NAMES[load],
  STAGES[stage],
  both(costOf(measured, 'cpu', `standard ${stage}`)),
  both(costOf(measured, 'cpu', `ours ${stage}`)),
  both(ratioUntil(stage, measured)),
];
