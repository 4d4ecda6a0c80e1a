import { labelsOf } from '../rules/labels';
import type { Level, MissingRule, PoolLevel, PoolRule, UnhealthyRule } from '../rules/rule';
import { CONNECTION_LIMIT, HEALTH, PENDING_OLDEST, UTILIZATION } from './metrics';
import { groupedBy } from './promql';
import type { Condition, Recording } from './recording';

type GaugeRule = PoolRule | UnhealthyRule;

const GAUGES = {
  'pool-utilization': { metric: UTILIZATION, worst: 'max' },
  'pool-waiting': { metric: PENDING_OLDEST, worst: 'max' },
  'pool-unhealthy': { metric: HEALTH, worst: 'min' },
} as const;

function worstMetric({ watch }: GaugeRule): string {
  const { metric, worst } = GAUGES[watch];
  return `pool:${metric}:${worst}`;
}

export function poolRecordings(rule: GaugeRule): Recording[] {
  const { metric, worst } = GAUGES[rule.watch];
  return [
    {
      record: worstMetric(rule),
      expr: groupedBy(worst, labelsOf(rule), metric),
      comment: 'Of several processes the one that is worst off.',
    },
  ];
}

export function poolConditions(rule: GaugeRule, level: Level): Condition[] {
  const comparison = rule.watch === 'pool-unhealthy' ? '== 0' : `> ${(level as PoolLevel).over}`;
  return [{ metric: worstMetric(rule), comparison }];
}

const TOLD = `service:${CONNECTION_LIMIT}:max`;
const MISSING = `service:${CONNECTION_LIMIT}:missing`;
/** A service that is away for longer is forgotten. */
export const MISSED_SECONDS = 3600;

export function missingRecordings(rule: MissingRule): Recording[] {
  return [
    { record: TOLD, expr: groupedBy('max', labelsOf(rule), CONNECTION_LIMIT) },
    {
      record: MISSING,
      expr: `last_over_time(${TOLD}[1h]) unless ${TOLD}`,
      comment: [
        'A service told this within the last hour and tells it no more. The collector repeats the last value for',
        '`metric_expiration`, and only then it is missing. Zero is the last word of a service that ended its pools.',
      ].join('\n'),
    },
  ];
}

export function missingConditions(): Condition[] {
  return [{ metric: MISSING, comparison: '> 0' }];
}
