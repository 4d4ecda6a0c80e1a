import type { AllPerformanceData } from '@pg-otel/insights';
import { counted } from '../../numbers';
import type { Paint, Style } from '../../paint';
import { columns } from '../draw';
import { duration, percent } from '../format';
import type { PoolHistory } from '../pool-history';
import { cell, fitting, rightCell } from '../width';
import type { Panel } from './panel';

type Pool = AllPerformanceData['pools']['pools'][number];

/** Pools in a line each, below the first one. */
const MORE_POOLS = 4;
const CHART_HEIGHT = 3;

/** The first pool over time, and the others in a line each. */
export const poolsPanel: Panel = ({ data, history }, width, paint) => {
  const [first, ...others] = data.pools.pools;
  if (first === undefined) return [paint('bold', 'Pool'), paint('dim', 'none is open')];
  const planned = data.capacity.find(({ poolName }) => poolName === first.poolName)?.plannedMax;
  const lines = [
    `${paint('bold', `Pool ${first.poolName}`)}${paint('dim', `  limit ${first.limit}, ${first.idle} idle`)}`,
    ...chartOf(first, history, width, paint),
    `${paint(styleOf(first), `${percent(first.utilization)} used`)}${first.connecting > 0 ? `, ${first.connecting} opening` : ''}${heldOf(first)}`,
    paint(
      'dim',
      `${counted(first.waits.count, 'wait')}, p95 ${duration(first.waits.seconds.p95)}${planned === undefined ? '' : `; planned for this load: ${planned}`}`,
    ),
    ...others.slice(0, MORE_POOLS).map((pool) => {
      const nameWidth = Math.max(8, width - 28);
      const text = `${cell(pool.poolName, nameWidth)}${rightCell(`${pool.used}/${pool.limit} used`, 14)}${rightCell(`${pool.pending} waiting`, 14)}`;
      return paint(styleOf(pool), text);
    }),
    ...(others.length > MORE_POOLS ? [paint('dim', `and ${others.length - MORE_POOLS} more`)] : []),
  ];
  return lines.map((line) => fitting(line, width));
};

function chartOf(pool: Pool, history: PoolHistory, width: number, paint: Paint): string[] {
  const samples = history.of(pool.poolName);
  const chart = { width: width - 12, height: CHART_HEIGHT };
  const used = samples.map((sample) => sample.used);
  const waiting = samples.map(({ pending }) => pending);
  return [
    ...labelled(columns(used, { ...chart, max: Math.max(1, pool.limit) }), 'used', pool.used, 'cyan', paint),
    ...labelled(
      columns(waiting, { ...chart, max: Math.max(1, ...waiting) }),
      'waiting',
      pool.pending,
      'yellow',
      paint,
    ),
  ];
}

function labelled(lines: string[], name: string, value: number, style: Style, paint: Paint): string[] {
  const labels = [name, String(value)];
  return lines.map((line, index) => `${cell(labels[index] ?? '', 11)} ${paint(style, line)}`);
}

function heldOf({ held: [longest] }: Pool): string {
  return longest === undefined ? '' : `, longest held for ${duration(longest.seconds)}`;
}

const styleOf = ({ utilization, pending }: Pool): Style =>
  utilization > 0.95 ? 'red' : utilization > 0.8 || pending > 0 ? 'yellow' : 'green';
