import type { Plan, PlannedLoad } from '@pg-otel/pool-sizing';
import { counted, rounded } from '../numbers';
import type { Measured } from './metrics/measured-load';
import { BOUNDS, duration, percent } from './wording';

export type Row = readonly [name: string, value: string];

export function sizeRows({ pool, bound, connections, fleet, overrides }: Plan): Row[] {
  const { max, ...settings } = pool;
  const known = [
    ['needed', connections.needed],
    ['share of the server', connections.share],
    ['knee of its cores', connections.knee],
  ] as const;
  const figures = known.flatMap(([name, value]) => (value === null ? [] : [`${name} ${rounded(value)}`]));
  const budget = fleet.budget === null ? '' : `, of ${fleet.budget} there are`;
  const processes = counted(fleet.processes, 'process', 'processes');
  return [
    ['bound by', BOUNDS[bound]],
    ['connections', [...figures, `range ${connections.least} to ${connections.most}`].join(' · ')],
    ['fleet', `${processes} × ${max} = ${fleet.connections} connections${budget}`],
    [
      'settings',
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(' · '),
    ],
    ...overrides.map(
      ({ name, value, insteadOf }): Row => [
        'override',
        `${name} ${value}${insteadOf === null ? '' : `, planned is ${insteadOf}`}`,
      ],
    ),
  ];
}

export function measuredRows({ url, pool, service, window, step, figures }: Measured): Row[] {
  const { useTimeSeconds, useTimeVariability, queriesPerCheckout, processes } = figures;
  const unknown = 'not in the metrics';
  // A label may contain line ends.
  const inOneLine = JSON.stringify(service).slice(1, -1);
  return [
    [
      'from',
      `pool ${JSON.stringify(pool)}${service === '' ? '' : ` of ${inOneLine}`}, last ${window}, ${url}`,
    ],
    ['peak', `${rounded(figures.peakCheckoutsPerSecond)} checkouts/s of the fleet, a mean over ${step}`],
    [
      'use time',
      `mean ${duration(useTimeSeconds)}, CV² ${useTimeVariability === null ? unknown : rounded(useTimeVariability)}`,
    ],
    ['queries', queriesPerCheckout === null ? unknown : `${rounded(queriesPerCheckout)} in a checkout`],
    ['processes', processes === null ? unknown : `${processes} (median)`],
  ];
}

export function loadRows(load: PlannedLoad, { pool, fleet }: Plan): Row[] {
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
    ...(headroom === null ? [] : [['headroom', `${rounded(headroom)} × this load`] as Row]),
  ];
}
