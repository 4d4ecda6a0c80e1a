import type { AllPerformanceData } from '@pg-otel/insights';
import { barAt } from '../draw';
import { duration } from '../format';
import { cell, rightCell } from '../width';
import type { Panel } from './panel';

type Trace = NonNullable<AllPerformanceData['latestTrace']>;
type Entry = Trace['entries'][number];

const MAX_ROWS = 12;

/** The operations of the latest trace as a tree, each at its place in time. */
export const tracePanel: Panel = ({ data: { latestTrace: trace } }, width, paint) => {
  const title = paint('bold', 'Latest trace');
  if (trace === undefined) return [title, paint('dim', 'none yet')];
  const labelWidth = Math.min(26, Math.floor(width * 0.45));
  const barWidth = width - labelWidth - 11;
  const branches = branchesOf(trace.entries);
  const rows = trace.entries.map((entry, index) => {
    const { depth, startSeconds, seconds, errorType } = entry;
    const label = cell(`${paint('dim', branches[index] ?? '')}${nameOf(entry)}`, labelWidth);
    const place = barAt(startSeconds / trace.seconds, seconds / trace.seconds, barWidth);
    const style = errorType === undefined ? (depth === 0 ? 'blue' : 'cyan') : 'red';
    return `${label} ${rightCell(duration(seconds), 9)} ${paint(style, place)}`;
  });
  const operations = trace.entries.filter(({ kind }) => kind !== 'phase').length;
  const hidden = rows.length > MAX_ROWS ? rows.length - MAX_ROWS + 1 : 0;
  const left = hidden + trace.operationCount - operations;
  return [
    title + paint('dim', `  ${trace.traceId.slice(0, 16)}`),
    ...(hidden > 0 ? rows.slice(0, MAX_ROWS - 1) : rows),
    ...(left > 0 ? [paint('dim', `… ${left} more`)] : []),
  ];
};

function nameOf({ kind, name }: Entry): string {
  return kind === 'acquire' || kind === 'connect' ? `${kind} ${name}` : name || kind;
}

/** The lines that connect each entry with its parent. */
function branchesOf(entries: readonly Entry[]): string[] {
  return entries.map(({ depth }, index) => {
    let branch = '';
    for (let level = 1; level <= depth; level++) {
      // Whether another entry of this level follows, before one of a lower level.
      const next = entries.slice(index + 1).find((entry) => entry.depth <= level);
      const goesOn = next?.depth === level;
      branch += level === depth ? (goesOn ? '├ ' : '└ ') : goesOn ? '│ ' : '  ';
    }
    return branch;
  });
}
