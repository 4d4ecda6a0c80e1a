import { groupedBy, metricName } from '../../prometheus/promql';
import { stateLevel } from '../../thresholds/level';
import { SERVICE } from '../labels';
import { duration } from '../text';
import { TIMES } from '../times';
import type { WatchDefinition } from './definition';

/** The metric that each process with a pool reports. A service that ends its pools reports 0 last. */
export const REPORTED_METRIC = 'db.client.connection.limit';

const NAME = metricName(REPORTED_METRIC, '');
const REPORTED = `service:${NAME}:max`;
const MISSING = `service:${NAME}:missing`;

/** A service has stopped reporting pool metrics. */
export const missingTelemetry: WatchDefinition<'missing-telemetry'> = {
  level: stateLevel({}),
  dashboard: 'alerts',
  labels: () => SERVICE,
  summary: () => 'Pool metrics no longer arrive',
  description:
    'The service has stopped, or its metrics do not arrive. Rules that read metrics cannot fire for it until they arrive again.',
  value: ({ count }) => `none; the last reported pool limit was ${count}`,
  group: 'pools',
  prometheus: () => ({
    recordings: [
      { record: REPORTED, expr: groupedBy('max', SERVICE, NAME) },
      {
        '#': `The service reported this metric within the last hour and no longer does. The collector repeats the last value
for \`metric_expiration\`. After that, the metric is missing. A service that ends its pools reports zero last.`,
        record: MISSING,
        expr: `last_over_time(${REPORTED}[${duration(TIMES.serviceForgotten)}]) unless ${REPORTED}`,
      },
    ],
    conditions: [{ metric: MISSING, comparison: '> 0' }],
  }),
};
