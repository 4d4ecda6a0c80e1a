import type { GaugeWatch } from '../rules/rule';
import type { Gauge } from '../rules/watch/definition';
import { groupedBy, metricName } from './promql';
import type { PrometheusQueries } from './queries';

/** The worst value of a pool gauge over all processes. */
export function gaugeQueries<W extends GaugeWatch>(
  { metric, unit, worst, condition }: Gauge<W>,
  labels: readonly string[],
): PrometheusQueries<W> {
  const name = metricName(metric, unit);
  const record = `pool:${name}:${worst}`;
  return {
    group: 'pools',
    recordings: () => [
      {
        record,
        expr: groupedBy(worst, labels, name),
        comment: 'The process with the worst value counts.',
      },
    ],
    conditions: (level) => {
      const { is, value } = condition(level);
      return [{ metric: record, comparison: `${is} ${value}` }];
    },
  };
}
