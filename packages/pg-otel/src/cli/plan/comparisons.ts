import type { Plan } from '@pg-otel/pool-sizing';
import { rounded } from '../numbers';
import type { Paint } from '../paint';
import type { Curves } from './curves';
import { table } from './layout';
import { picture } from './picture';
import type { WhatIf } from './what-if';
import { duration, percent } from './wording';

/** Two charts: the p99 wait by pool size and by load. */
export function pictures(
  { byPoolSize, byLoad }: Curves,
  plan: Plan,
  targetSeconds: number,
  assumed: string,
  paint: Paint,
): string[][] {
  const { pool, connections } = plan;
  const scale = `(┊ target ${duration(targetSeconds)}, ▶ more than four times that${assumed})`;
  const bySize = byPoolSize.map(({ max, p99WaitSeconds }) => {
    const names = [
      ...(max === pool.max ? [plan.bound === 'override' ? 'yours' : 'planned'] : []),
      ...(max === connections.needed ? ['needed'] : []),
    ];
    return { label: `max ${max}`, p99WaitSeconds, ...(names.length > 0 && { remark: names.join(', ') }) };
  });
  const growth = byLoad.map(({ loadFactor, checkoutsPerSecond, p99WaitSeconds }) => ({
    label: `× ${loadFactor}`,
    p99WaitSeconds,
    remark: loadFactor === 1 ? 'this load' : `${rounded(checkoutsPerSecond)}/s`,
  }));
  return [
    [
      `${paint('bold', 'p99 wait by pool size')}  ${paint('dim', scale)}`,
      ...picture(bySize, targetSeconds, paint),
    ],
    [paint('bold', `p99 wait by load, with max ${pool.max}`), ...picture(growth, targetSeconds, paint)],
  ];
}

/** A table with a row for each scenario: the waits with today's pool, and the pool that would be planned. */
export function whatIfTable(
  rows: readonly WhatIf[],
  { pool }: Plan,
  assumed: string,
  paint: Paint,
): string[] {
  const header = ['', 'processes', 'in use', 'p99 wait', 'planned then', 'p99 wait', 'of the fleet'];
  const body = rows.map(({ scenario, processes, withTodaysPool, planned }) => {
    if (withTodaysPool === null || planned === null) {
      return [
        scenario,
        String(processes),
        processes < 1 ? 'nobody is left' : 'beyond what can be planned for',
      ];
    }
    return [
      scenario,
      String(processes),
      percent(withTodaysPool.utilisation),
      duration(withTodaysPool.p99WaitSeconds),
      `max ${planned.max}, needs ${planned.needed ?? '?'}`,
      duration(planned.p99WaitSeconds),
      String(planned.fleetConnections),
    ];
  });
  const lines = table([header, ...body], [false, true, true, true, false, true, true]);
  const title = paint('bold', 'What if');
  return [
    `${title}  ${paint('dim', `(first with max ${pool.max}, then with a new plan${assumed})`)}`,
    ...lines.map((line) => `  ${line}`),
  ];
}
