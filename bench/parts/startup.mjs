import { addedCost, ratio } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { ratioGoal } from '../goals.mjs';
import { VERSIONS } from '../names.mjs';
import { both, integers } from '../numbers.mjs';
import { measureStartup } from '../startup.mjs';
import { table } from '../table.mjs';

const MOMENTS = { answered: 'the first query is answered', exported: 'its spans are exported' };
/** Of what NodeSDK with the standard instrumentation adds to the CPU of a process until its first query is answered. */
const LIMIT = 0.75;

export const startup = {
  title: 'Start-up',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  needsServer: true,
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: (_cell, { effort, ...at }) => measureStartup({ ...at, rounds: effort.starts }),
  report: (results) =>
    table(
      [
        'OTel',
        'until',
        'standard: added ms of CPU',
        'pg-otel',
        'pg-otel × standard',
        'elapsed × standard',
        'standard: added MiB (RSS)',
        'pg-otel',
      ],
      results.flatMap(({ version, measured }) =>
        Object.entries(MOMENTS).map(([moment, name]) => [
          VERSIONS[version],
          name,
          integers(cost(measured, moment, 'cpu', 'standard')),
          integers(cost(measured, moment, 'cpu', 'ours')),
          both(ratioAt(measured, moment, 'cpu')),
          both(ratioAt(measured, moment, 'elapsed')),
          integers(cost(measured, moment, 'memory', 'standard')),
          integers(cost(measured, moment, 'memory', 'ours')),
        ]),
      ),
    ),
  judge: (results) =>
    results.map(({ version, measured }) =>
      ratioGoal(
        { goal: 'added CPU until the first query is answered', version, to: 'standard', limit: LIMIT },
        ratioAt(measured, 'answered', 'cpu'),
      ),
    ),
};

function ratioAt(measured, moment, of) {
  return ratio(cost(measured, moment, of, 'ours'), cost(measured, moment, of, 'standard'));
}

function cost(measured, moment, of, name) {
  return addedCost(measured[name][moment][of], measured.bare[moment][of]);
}
