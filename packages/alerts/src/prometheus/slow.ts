import { type Histogram, histogramOf, labelsOfHistogram } from '../rules/histograms';
import { levelsOf, type RuleOf } from '../rules/rule';
import { TIMES } from '../rules/times';
import { increaseIn, watching } from './counters';
import { bucketMatcher, duration, groupedBy, INSTANCE, metricName } from './promql';
import type { PrometheusQueries, Recording } from './queries';

type SlowRule = RuleOf<'slow-operation'>;

const LOOK_BACK = duration(TIMES.lookBack);

/** Whether Prometheus can evaluate all variants. A histogram without pool names cannot be matched by an override for a pool. */
export function hasSeriesForVariants(rule: SlowRule): boolean {
  return histogramOf(rule).hasPool || rule.variants.every(({ match }) => match.pool === undefined);
}

/** Operations that have ended and took longer than a limit. Backstop of the alerts from log events. */
export const slowQueries: PrometheusQueries<'slow-operation'> = {
  group: 'operations',
  recordings: (rule) => {
    if (!hasSeriesForVariants(rule)) return [];
    const counted = levelsOf(rule).filter(({ hasBackstop }) => hasBackstop);
    const limits = [...new Set(counted.map(({ overSeconds }) => overSeconds))];
    return limits.flatMap((limit) => overLimit(histogramOf(rule), limit));
  },
  conditions: ({ overSeconds, hasBackstop }, rule) =>
    hasBackstop && hasSeriesForVariants(rule)
      ? [
          {
            metric: increaseOver(histogramOf(rule), overSeconds),
            matchers: kindMatchers(rule),
            comparison: '> 0',
          },
        ]
      : [],
};

function overLimit(histogram: Histogram, limit: number): Recording[] {
  const metric = metricName(histogram.name, 'seconds');
  const labels = labelsOfHistogram(histogram);
  const each = [...INSTANCE, ...labels];
  const counter = `instance_${levelOf(histogram)}:${metric}:over_${duration(limit)}`;
  // `max`, not `sum`: after an upgrade of Prometheus, both spellings of an edge exist for some minutes.
  const within = `max without (le) (${metric}_bucket{${bucketMatcher(limit)}})`;
  return [
    {
      record: counter,
      expr: `${groupedBy('sum', each, `${metric}_count`)}\n- ${groupedBy('sum', each, within)}`,
      comment: `Operations of each process that took longer than ${duration(limit)}. Exact: ${duration(limit)} is a bucket edge.`,
    },
    { record: `${counter}_known`, expr: `${counter} > 0` },
    watching(counter),
    {
      record: increaseOver(histogram, limit),
      expr: `sum by (${labels.join(', ')}) ${increaseIn(TIMES.lookBack, counter, `${counter}_known`)}`,
    },
  ];
}

function levelOf({ hasPool }: Histogram): 'pool' | 'statement' {
  return hasPool ? 'pool' : 'statement';
}

function increaseOver(histogram: Histogram, limit: number): string {
  const metric = metricName(histogram.name, 'seconds');
  return `${levelOf(histogram)}:${metric}:over_${duration(limit)}_increase${LOOK_BACK}`;
}

/** Queries and batches share a histogram. Only summaries of batches begin with this word. */
const BATCH_SUMMARY = 'BATCH';

function kindMatchers({ operations }: SlowRule): string[] {
  const batches = `"${BATCH_SUMMARY}( .*)?"`;
  if (operations.includes('query') === operations.includes('batch')) return [];
  return [`db_query_summary${operations.includes('batch') ? '=~' : '!~'}${batches}`];
}
