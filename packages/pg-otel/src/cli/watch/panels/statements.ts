import type { AllPerformanceData } from '@pg-otel/insights';
import { bar } from '../draw';
import { duration, percent } from '../format';
import { cell, rightCell } from '../width';
import type { Panel } from './panel';

type Statement = AllPerformanceData['performance']['statements'][number];

const MAX_ROWS = 6;
const MIN_NAME_WIDTH = 16;
const BAR_WIDTH = 8;

const SORT = {
  'total time': ({ totalSeconds }: Statement) => totalSeconds,
  count: ({ count }: Statement) => count,
  p95: ({ seconds }: Statement) => seconds.p95,
  failed: ({ failed }: Statement) => failed,
} as const;

/** What the statements are sorted by. */
export type SortKey = keyof typeof SORT;

export function nextSortKey(key: SortKey): SortKey {
  const keys = Object.keys(SORT) as SortKey[];
  return keys[(keys.indexOf(key) + 1) % keys.length] as SortKey;
}

interface Column {
  readonly title: string;
  readonly width: number;
  text(statement: Statement): string;
}

/** From the most important one to the one that a narrow screen does without first. */
const COLUMNS: readonly Column[] = [
  { title: 'share', width: 9, text: ({ share }) => percent(Math.round(share * 1_000) / 1_000) },
  { title: 'p95', width: 10, text: ({ seconds }) => duration(seconds.p95) },
  { title: 'count', width: 7, text: ({ count }) => String(count) },
  { title: 'failed', width: 8, text: ({ failed }) => String(failed) },
  { title: 'p50', width: 10, text: ({ seconds }) => duration(seconds.p50) },
  { title: 'max', width: 10, text: ({ seconds }) => duration(seconds.max) },
];

/** The statements with their share of the time of all queries. */
export const statementsPanel: Panel = ({ data: { performance }, sortedBy }, width, paint) => {
  const columns: Column[] = [];
  let left = width - MIN_NAME_WIDTH;
  for (const column of COLUMNS) {
    if (column.width > left) break;
    columns.push(column);
    left -= column.width;
  }
  const hasBar = left > BAR_WIDTH;
  const nameWidth = MIN_NAME_WIDTH + left - (hasBar ? BAR_WIDTH + 1 : 0);
  const row = (name: string, texts: readonly string[], place: string) =>
    `${cell(name, nameWidth)}${columns.map((column, index) => rightCell(texts[index] ?? '', column.width)).join('')}${hasBar ? ` ${place}` : ''}`;
  const by = SORT[sortedBy];
  const statements = [...performance.statements].sort((one, other) => by(other) - by(one));
  const rows = statements.slice(0, MAX_ROWS).map((statement) =>
    row(
      statement.summary || '(no summary)',
      columns.map((column) => column.text(statement)),
      paint('cyan', bar(statement.share, BAR_WIDTH)),
    ),
  );
  const title = cell(`Statements by ${sortedBy}`, nameWidth);
  const titles = row(
    '',
    columns.map((column) => column.title),
    '',
  ).slice(nameWidth);
  return [
    paint('bold', title) + paint('dim', titles),
    ...(rows.length === 0 ? [paint('dim', 'no query yet')] : rows),
  ].map((line) => line.trimEnd());
};
