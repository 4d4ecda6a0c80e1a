import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../../src';
import { POOL_SERIES } from '../charts';
import { clock, count, duration, percent } from '../format';
import { empty, legend, mark, type Part, panel, table } from './panel';

type Pool = Part<'pools'>['pools'][number];

const MAX_CHARTS = 4;
const MAX_SIZES = 5;

export function pools({ pools: { pools: all }, capacity }: AllPerformanceData): TemplateResult {
  const advice = new Map(capacity.map((one) => [one.poolName, one]));
  return panel(
    { id: 'pools', title: 'Pools' },
    all.length === 0
      ? empty('No pool is open.')
      : html`${table('Pools', all, [
          { name: 'pool', kind: 'text', show: ({ poolName }) => poolName },
          { name: 'state', show: ({ utilization }) => utilizationOf(utilization) },
          { name: 'used', kind: 'number', show: ({ used }) => count(used) },
          { name: 'idle', kind: 'number', show: ({ idle }) => count(idle) },
          { name: 'opening', kind: 'number', show: ({ connecting }) => count(connecting) },
          { name: 'waiting', kind: 'number', show: ({ pending }) => count(pending) },
          { name: 'limit', kind: 'number', show: ({ limit }) => count(limit) },
          { name: 'p95 wait', kind: 'number', show: ({ waits }) => duration(waits.seconds.p95) },
          { name: 'held longest', kind: 'number', show: heldOf },
          { name: 'size', kind: 'text', show: (pool) => sizeOf(pool, advice.get(pool.poolName)) },
        ])}
        ${all.slice(0, MAX_CHARTS).map(chart)}`,
  );
}

function chart({ poolName, used, pending, limit, sizes }: Pool): TemplateResult {
  return html`<h3>${poolName}</h3>
    <div class="chart low" data-pool=${poolName} role="img" aria-label="The pool ${poolName} over the last hour. Now ${count(used)} of ${count(limit)} connections are used, ${count(pending)} requests wait."></div>
    ${legend(POOL_SERIES)}
    ${sizes.length === 0 ? nothing : html`<ul>${sizes.slice(-MAX_SIZES).reverse().map(size)}</ul>`}`;
}

const size = ({ at, from, to, explanation, isApplied }: Pool['sizes'][number]) =>
  html`<li>${clock(at)} ${isApplied ? 'size' : 'advice'} ${from} → ${to}: ${explanation}</li>`;

const utilizationOf = (utilization: number) =>
  mark(utilization > 0.95 ? 'bad' : utilization > 0.8 ? 'warn' : 'good', `${percent(utilization)} used`);

const heldOf = ({ held: [longest] }: Pool) => (longest === undefined ? '–' : duration(longest.seconds));

function sizeOf({ managed }: Pool, advice: Part<'capacity'>[number] | undefined): string {
  const parts = [
    managed && `managed (${managed.mode}), ${managed.min} to ${managed.max}`,
    advice && `the plan for this load is ${advice.plannedMax}`,
  ].filter((part) => part !== undefined);
  return parts.join('; ') || '–';
}
