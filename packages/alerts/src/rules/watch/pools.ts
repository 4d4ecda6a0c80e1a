import { gaugeQueries } from '../../prometheus/gauges';
import { stateLevel } from '../../thresholds/level';
import { limit, overShare } from '../../thresholds/values';
import { DATABASE } from '../labels';
import type { GaugeWatch, OverLevel } from '../rule';
import { percent, seconds } from '../text';
import type { Gauge, GaugeDefinition } from './definition';

/** Common settings of the rules on a gauge of a pool. */
const ofPools = <W extends GaugeWatch>(gauge: Gauge<W>) => ({
  gauge,
  dashboard: 'pools' as const,
  labels: () => [...DATABASE, 'pool'] as const,
  prometheus: gaugeQueries(gauge, [...DATABASE, 'pool']),
});

const above = ({ over }: OverLevel) => ({ is: '>', value: over }) as const;

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
  ...ofPools<'pool-unhealthy'>({
    metric: 'pg_otel.connection.health',
    unit: '',
    worst: 'min',
    condition: () => ({ is: '==', value: 0 }) as const,
  }),
  level: stateLevel({}),
  summary: () => 'The health check of a pool fails',
  description: 'The database does not answer the health check of the pool.',
  value: () => 'down',
};
