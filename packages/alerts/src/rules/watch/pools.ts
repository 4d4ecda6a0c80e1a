import { groupedBy, metricName } from '../../prometheus/promql';
import { stateLevel } from '../../thresholds/level';
import { limit, overShare } from '../../thresholds/values';
import { DATABASE } from '../labels';
import type { GaugeWatch } from '../rule';
import { percent, seconds } from '../text';
import type { Gauge, GaugeDefinition, WatchDefinition } from './definition';

/** Common settings of the rules on a gauge of a pool. */
function ofPools<W extends GaugeWatch>(gauge: Gauge<W>) {
  const { metric, unit, worst, condition } = gauge;
  const labels = [...DATABASE, 'pool'] as const;
  const name = metricName(metric, unit);
  const record = `pool:${name}:${worst}`;
  const prometheus: WatchDefinition<W>['prometheus'] = (level) => {
    const { is, value } = condition(level);
    return {
      recordings: [
        { '#': 'The process with the worst value counts.', record, expr: groupedBy(worst, labels, name) },
      ],
      conditions: [{ metric: record, comparison: `${is} ${value}` }],
    };
  };
  return { gauge, dashboard: 'pools', labels: () => labels, group: 'pools', prometheus } as const;
}

const above = ({ over }: { readonly over: number }) => ({ is: '>', value: over }) as const;

export const poolUtilization: GaugeDefinition<'pool-utilization'> = {
  ...ofPools<'pool-utilization'>({
    metric: 'pg_otel.connection.utilization',
    unit: 'ratio',
    worst: 'max',
    condition: above,
  }),
  level: stateLevel({ over: overShare.describe('connections in use, as a share of the limit') }),
  summary: ({ over }) => `More than ${percent(over)} of a pool is in use`,
  description:
    'Requests wait once all connections are in use. Slow queries, held connections or more load fill a pool.',
  value: (format) => format.percent,
  line: ({ over }) => ({ value: over, words: `above ${percent(over)}` }),
};

export const poolWaiting: GaugeDefinition<'pool-waiting'> = {
  ...ofPools<'pool-waiting'>({
    metric: 'pg_otel.connection.pending.oldest',
    unit: 'seconds',
    worst: 'max',
    condition: above,
  }),
  level: stateLevel({ over: limit.describe('the oldest request waits longer than this') }),
  summary: ({ over }) => `A request waits for a connection for longer than ${seconds(over)}`,
  description: 'All connections of the pool are in use, or opening one takes long.',
  value: (format) => format.seconds,
  line: ({ over }) => ({ value: over, words: `above ${seconds(over)}` }),
};

export const poolUnhealthy: GaugeDefinition<'pool-unhealthy'> = {
  ...ofPools({
    metric: 'pg_otel.connection.health',
    unit: '',
    worst: 'min',
    condition: () => ({ is: '==', value: 0 }),
  }),
  level: stateLevel({}),
  summary: () => 'The health check of a pool fails',
  description: 'The database does not answer the health check of the pool.',
  value: () => 'down',
};
