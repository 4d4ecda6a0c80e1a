import { median, ratioOf } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { named } from '../contestants.mjs';
import { onServer } from '../effort.mjs';
import { LOADS, VARIANTS, VERSIONS } from '../names.mjs';
import { both } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { table } from '../table.mjs';

const CONTESTANTS = named(['bare', 'standard', 'floor', 'instruments', 'ours']);

/** How much an instrumentation is compared with the work of a driver with a real server. */
export const server = {
  title: 'The instrumentation alone, on a real Postgres',
  packages: ['@opentelemetry/sdk-trace', '@opentelemetry/instrumentation-pg', 'pg'],
  needsServer: true,
  cells: cellsOf({ version: Object.keys(VERSIONS), load: ['client', 'pool'] }),
  measure({ load }, { compared, effort, ...at }) {
    const contestants = [...CONTESTANTS, ...compared].map((each) => ({ ...each, load }));
    return measure({ ...at, mode: 'sampled', contestants, effort: onServer(effort) });
  },
  report: (results) =>
    table(
      [
        'OTel',
        'load',
        'variant',
        'CPU per query × bare',
        'added CPU × standard',
        'queries per second × bare',
      ],
      results.flatMap(rows),
    ),
};

function rows({ version, load, measured }) {
  const { bare, ...others } = measured;
  return Object.entries(others).map(([name, { cpu, elapsed }]) => [
    VERSIONS[version],
    LOADS[load],
    VARIANTS[name],
    (median(cpu) / median(bare.cpu)).toFixed(2),
    both(ratioOf(measured, 'cpu', name, 'standard')),
    (median(bare.elapsed) / median(elapsed)).toFixed(2),
  ]);
}
