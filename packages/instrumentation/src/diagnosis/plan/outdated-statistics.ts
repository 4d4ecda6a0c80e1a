import type { Finding } from '../contracts';
import { count } from '../quantities';
import type { TableFacts } from './catalog';
import { tableList } from './names';

/** Autovacuum analyses a table after changes of a tenth of its rows, by default. */
const MIN_SHARE = 0.5;
const MIN_CHANGES = 1000;

/**
 * States that most rows of a table are newer than its statistics: of several tables, the one with most changes. The
 * changes alone prove nothing: they include those of a transaction that has analysed the table itself. That the plan is
 * worse for it is possible.
 */
export function outdatedStatistics(facts: readonly TableFacts[]): Finding[] {
  const outdated = facts
    .filter(({ changes, liveRows }) => changes >= Math.max(MIN_CHANGES, liveRows * MIN_SHARE))
    .filter(({ seenRows = 0, liveRows }) => liveRows > 0 && seenRows < liveRows * MIN_SHARE)
    .sort((one, other) => other.changes - one.changes);
  return outdated.slice(0, 1).map((table) => ({
    kind: 'outdated_statistics',
    certainty: 'possible',
    sentence: `${seen(table)}: the plan may be wrong`,
  }));
}

function seen({ name, seenRows, liveRows }: TableFacts): string {
  const rows = `${tableList([name])} has about ${count(liveRows)} rows`;
  return seenRows === undefined
    ? `${rows}, which no ANALYZE or VACUUM has seen`
    : `${rows}, of which the last ANALYZE or VACUUM saw about ${count(seenRows)}`;
}
