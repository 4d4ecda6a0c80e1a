import { TIMES } from '../rules/times';
import { duration, groupedBy, metricName } from './promql';
import type { PrometheusQueries } from './queries';

/** Services that reported a metric within the last hour and no longer do. */
export function missingQueries(
  metric: string,
  labels: readonly string[],
): PrometheusQueries<'missing-telemetry'> {
  const name = metricName(metric, '');
  const reported = `service:${name}:max`;
  const missing = `service:${name}:missing`;
  return {
    group: 'pools',
    recordings: () => [
      { record: reported, expr: groupedBy('max', labels, name) },
      {
        record: missing,
        expr: `last_over_time(${reported}[${duration(TIMES.serviceForgotten)}]) unless ${reported}`,
        comment: [
          'The service reported this metric within the last hour and no longer does. The collector repeats the last value',
          'for `metric_expiration`. After that, the metric is missing. A service that ends its pools reports zero last.',
        ].join('\n'),
      },
    ],
    conditions: () => [{ metric: missing, comparison: '> 0' }],
  };
}
