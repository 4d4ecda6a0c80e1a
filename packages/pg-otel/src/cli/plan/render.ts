import type { Plan, PlannedLoad } from '@pg-otel/pool-sizing';
import type { Curves } from './curves';
import { listed, type Paint, table, wrapped } from './layout';
import type { Measured } from './metrics/measured-load';
import { picture } from './picture';
import type { Report } from './report';
import type { WhatIf } from './what-if';
import { BOUNDS, counted, duration, percent, rounded } from './wording';

/** For a person: the plan, what it rests on, and what else might happen. */
export function render(report: Report, paint: Paint): string {
  const { plan, whatIf, curves, measured, assumedUseTimeSeconds } = report;
  const assumed =
    assumedUseTimeSeconds === null ? '' : `; if a use takes the guessed ${duration(assumedUseTimeSeconds)}`;
  const sections = [
    size(plan, paint),
    ...(measured === null ? [] : [section('Measured', measuredRows(measured), paint)]),
    plan.load === null
      ? [paint('bold', 'Load'), '  not known: no waits are computed']
      : section('Load of one process', loadRows(plan.load, plan), paint),
    ...(curves === null || plan.load === null
      ? []
      : pictures(curves, plan, plan.load.targetWaitSeconds, assumed, paint)),
    ...(whatIf === null ? [] : [whatIfTable(whatIf, plan, assumed, paint)]),
    notes('Reasons', plan.reasons, '·', paint),
    notes('Warnings', plan.warnings, '!', paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function section(title: string, rows: Parameters<typeof listed>[0], paint: Paint): string[] {
  return [paint('bold', title), ...listed(rows)];
}

function size({ environment, pool, bound, connections, fleet, overrides }: Plan, paint: Paint): string[] {
  const { max, ...settings } = pool;
  const known = [
    ['needed', connections.needed],
    ['share of the server', connections.share],
    ['knee of its cores', connections.knee],
  ] as const;
  const figures = known.flatMap(([name, value]) => (value === null ? [] : [`${name} ${rounded(value)}`]));
  const budget = fleet.budget === null ? '' : `, of ${fleet.budget} there are`;
  const processes = counted(fleet.processes, 'process', 'processes');
  const rows: [string, string][] = [
    ['bound by', BOUNDS[bound]],
    ['connections', [...figures, `range ${connections.least} to ${connections.most}`].join(' · ')],
    ['fleet', `${processes} × ${max} = ${fleet.connections} connections${budget}`],
    [
      'settings',
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(' · '),
    ],
    ...overrides.map(({ name, value, insteadOf }): [string, string] => [
      'override',
      `${name} ${value}${insteadOf === null ? '' : `, planned is ${insteadOf}`}`,
    ]),
  ];
  return section(`Pool for ${environment}: max ${max}`, rows, paint);
}

function measuredRows({ url, pool, service, window, step, figures }: Measured): [string, string][] {
  const { useTimeSeconds, useTimeVariability, queriesPerCheckout, processes } = figures;
  const unknown = 'not told by the metrics';
  return [
    ['from', `pool "${pool}"${service === '' ? '' : ` of ${service}`}, last ${window}, ${url}`],
    ['peak', `${rounded(figures.peakCheckoutsPerSecond)} checkouts/s of the fleet, a mean over ${step}`],
    [
      'use time',
      `mean ${duration(useTimeSeconds)}, CV² ${useTimeVariability === null ? unknown : rounded(useTimeVariability)}`,
    ],
    ['queries', queriesPerCheckout === null ? unknown : `${rounded(queriesPerCheckout)} in a checkout`],
    ['processes', processes === null ? unknown : `${processes} (median)`],
  ];
}

function loadRows(load: PlannedLoad, { pool, fleet }: Plan): [string, string][] {
  const { ceiling, headroom } = load;
  const rate = `${rounded(load.checkoutsPerSecond)} checkouts/s`;
  const atOnce = load.batchSize > 1 ? `, ${load.batchSize} asked for at once` : '';
  const ofFleet =
    fleet.processes > 1 ? ` (${rounded(load.checkoutsPerSecond * fleet.processes)}/s of the fleet)` : '';
  const bounds = {
    connections: 'all connections busy',
    cpu: 'the cores busy',
    server: 'the server’s share busy',
  };
  return [
    ['rate', `${rate}${ofFleet}${atOnce}`],
    ['use time', `${duration(load.useTimeSeconds)} (${load.isUseTimeMeasured ? 'measured' : 'a guess'})`],
    [
      'utilisation',
      `${percent(load.utilisation)}: ${rounded(load.offeredLoad)} erlangs on ${pool.max} connections`,
    ],
    [
      'waits',
      `${percent(load.waitProbability)} wait; mean ${duration(load.meanWaitSeconds)}, p99 ` +
        `${duration(load.p99WaitSeconds)} (target ${duration(load.targetWaitSeconds)})`,
    ],
    ['ceiling', `${rounded(ceiling.checkoutsPerSecond)} checkouts/s, ${bounds[ceiling.boundBy]}`],
    ...(headroom === null ? [] : [['headroom', `${rounded(headroom)} × this load`] as [string, string]]),
  ];
}

function pictures(
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

function whatIfTable(rows: readonly WhatIf[], { pool }: Plan, assumed: string, paint: Paint): string[] {
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

function notes(title: string, entries: readonly { message: string }[], mark: string, paint: Paint): string[] {
  if (entries.length === 0) return [];
  const lines = entries.map(({ message }) => wrapped(`  ${mark} `, message));
  return [paint(title === 'Warnings' ? 'yellow' : 'bold', title), ...lines];
}
