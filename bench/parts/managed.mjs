import { costOf } from '../added-cost.mjs';
import { cellsOf } from '../cells.mjs';
import { isWithin } from '../goals.mjs';
import { VERSIONS } from '../names.mjs';
import { nanoseconds } from '../numbers.mjs';
import { measure } from '../rounds.mjs';
import { table } from '../table.mjs';

const CONTESTANTS = [
  { name: 'bare', variant: 'bare', load: 'stubPool' },
  { name: 'managed', variant: 'bare', load: 'managedPool' },
  { name: 'retrying', variant: 'bare', load: 'retryingPool' },
];
/** Contestants, and the options of their managers. */
const OPTIONS = { managed: 'default', retrying: '`retry: true`' };
/** Nanoseconds of CPU per query that a managed pool may add to a bare one. */
const LIMIT = 300;

/** What a manager adds to a pool, without an SDK. */
export const managed = {
  title: 'A managed pool, on a stub',
  packages: ['pg'],
  cells: cellsOf({ version: Object.keys(VERSIONS) }),
  measure: (_cell, at) => measure({ ...at, mode: 'none', contestants: CONTESTANTS }),
  report: (results) =>
    table(
      ['OTel', 'options', 'added ns of CPU per `pool.query`', 'added heap bytes'],
      results.flatMap(({ version, measured }) =>
        Object.entries(OPTIONS).map(([name, options]) => [
          VERSIONS[version],
          options,
          nanoseconds(costOf(measured, 'cpu', name)),
          costOf(measured, 'heap', name).median.toFixed(0),
        ]),
      ),
    ),
  judge: (results) =>
    results.map(({ version, measured }) => {
      const cost = costOf(measured, 'cpu', 'managed');
      return {
        goal: 'added CPU per `pool.query`',
        version,
        limit: `${LIMIT} ns`,
        measured: `${nanoseconds(cost)} ns`,
        isMet: isWithin(cost, LIMIT / 1_000),
      };
    }),
};
