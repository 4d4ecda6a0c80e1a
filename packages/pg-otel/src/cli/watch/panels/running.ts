import type { AllPerformanceData } from '@pg-otel/insights';
import type { Paint } from '../../paint';
import { duration } from '../format';
import { cell, rightCell, wrap } from '../width';
import type { Panel } from './panel';

type Running = AllPerformanceData['running'][number];
type Slow = AllPerformanceData['performance']['slow'];

/** The panels below stay in place while operations come and go. */
const ROWS = 5;
const REASON_LINES = 2;
const TIME_WIDTH = 16;

const WAITS: Readonly<Record<Running['waitsFor'], string>> = {
  pool: 'waits for the pool',
  setup: 'opens a connection',
  client: 'queued on its client',
  server: 'waits for the server',
};

/** What runs now, the longest first, with the reason that the server has named; below, the slow queries that ended last. */
export const runningPanel: Panel = ({ data }, width, paint) => {
  const { running, performance } = data;
  const lines: string[] = [];
  for (const { operation, count } of grouped(running)) {
    const shown = linesOf(operation, count, performance, width, paint);
    if (lines.length > 0 && lines.length + shown.length > ROWS) break;
    lines.push(...shown);
  }
  const ended = [...performance.slow.last].reverse();
  for (const query of ended.slice(0, Math.max(0, ROWS - lines.length))) {
    const ago = `${duration(Math.max(0, data.collectedAt - query.at) / 1_000)} ago`;
    const how = query.errorType === undefined ? ago : `${ago}, failed with ${query.errorType}`;
    lines.push(paint('dim', row(query.summary || 'query', `took ${duration(query.seconds)}`, how, width)));
  }
  while (lines.length < ROWS) lines.push('');
  const more = running.length === 0 ? '' : `  ${running.length}`;
  return [paint('bold', 'Running now') + paint('dim', more), ...lines.slice(0, ROWS)];
};

const nameOf = ({ kind, summary, poolName }: Running): string =>
  summary || `${kind} ${poolName ?? ''}`.trim();

/** Operations of one name that wait for the same thing, and for no reason that the server has named: the longest of them. */
function grouped(running: readonly Running[]): { operation: Running; count: number }[] {
  const groups = new Map<string, { operation: Running; count: number }>();
  for (const operation of running) {
    const { waitsFor, diagnosis } = operation;
    const key = JSON.stringify([nameOf(operation), waitsFor, diagnosis?.reason]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { operation, count: 1 });
    else group.count += 1;
  }
  return [...groups.values()];
}

function linesOf(
  operation: Running,
  count: number,
  { slow, critical }: ThresholdsOf,
  width: number,
  paint: Paint,
): string[] {
  const { elapsedSeconds, waitsFor, diagnosis } = operation;
  const text = row(
    count === 1 ? nameOf(operation) : `${nameOf(operation)} × ${count}`,
    `for ${duration(elapsedSeconds)}`,
    WAITS[waitsFor] ?? '',
    width,
  );
  const first = elapsedSeconds > critical.thresholdSeconds ? paint('red', text) : text;
  const line = first === text && elapsedSeconds > slow.thresholdSeconds ? paint('yellow', text) : first;
  if (diagnosis?.reason === undefined) return [line];
  const { reason, certainty, blockerTraceId } = diagnosis;
  const blocker = blockerTraceId === undefined ? '' : `, trace of the blocker ${blockerTraceId}`;
  return [
    line,
    ...wrap(`${reason} (${certainty}${blocker})`, width - 2, REASON_LINES).map((more) => `  ${more}`),
  ];
}

interface ThresholdsOf {
  readonly slow: Pick<Slow, 'thresholdSeconds'>;
  readonly critical: Pick<Slow, 'thresholdSeconds'>;
}

function row(name: string, time: string, more: string, width: number): string {
  const moreWidth = Math.min(32, Math.max(0, width - TIME_WIDTH - 18));
  const nameWidth = width - TIME_WIDTH - moreWidth;
  const last = moreWidth > 2 ? `  ${cell(more, moreWidth - 2)}` : '';
  return `${cell(name, nameWidth)}${rightCell(time, TIME_WIDTH)}${last}`;
}
