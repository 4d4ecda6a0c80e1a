import { histogramOf } from '../rules/histograms';
import { DATABASE } from '../rules/labels';
import { levelsOf, type RuleOf, type ShareLevel } from '../rules/rule';
import { increaseIn, watching } from './counters';
import { bucketMatcher, duration, groupedBy, INSTANCE, metricName } from './promql';
import type { PrometheusQueries, Recording } from './queries';

type ShareRule = RuleOf<'share-within'>;

function namesOf(rule: ShareRule, { withinSeconds, windowSeconds }: ShareLevel) {
  const { name, hasPool } = histogramOf(rule);
  const level = hasPool ? 'pool' : 'database';
  const metric = metricName(name, 'seconds');
  const within = `within_${duration(withinSeconds)}`;
  const window = duration(windowSeconds);
  return {
    metric,
    /** Counters of each process. */
    all: `instance_${level}:${metric}:count`,
    within: `instance_${level}:${metric}:${within}`,
    increase: `${level}:${metric}:count_increase${window}`,
    share: `${level}:${metric}:${within}_share${window}`,
  };
}

/** The share of the operations in a window that reach a target. */
export const shareQueries: PrometheusQueries<'share-within'> = {
  group: 'operations',
  recordings: (rule) => levelsOf(rule).flatMap((level) => recordingsOf(rule, level)),
  conditions: (level, rule) => {
    const { share, increase } = namesOf(rule, level);
    return [{ metric: share, comparison: `< ${level.share}`, where: `and ${increase} >= ${level.atLeast}` }];
  },
};

function recordingsOf(rule: ShareRule, level: ShareLevel): Recording[] {
  const { metric, all, within, increase, share } = namesOf(rule, level);
  const { withinSeconds, windowSeconds } = level;
  const labels = [...DATABASE, ...(histogramOf(rule).hasPool ? ['pool'] : [])];
  const each = [...INSTANCE, ...labels];
  const bucket = `max without (le) (${metric}_bucket{${bucketMatcher(withinSeconds)}})`;
  const sum = (counter: string) => `sum by (${labels.join(', ')}) ${increaseIn(windowSeconds, counter)}`;
  return [
    { record: all, expr: groupedBy('sum', each, `${metric}_count`) },
    watching(all),
    { record: within, expr: groupedBy('sum', each, bucket) },
    watching(within),
    { record: increase, expr: sum(all) },
    {
      record: share,
      expr: `round(\n${sum(within)}\n/ ${increase}, 1e-6)`,
      comment: 'Rounded, so that 95 of 100 operations are not less than 95 %.',
    },
  ];
}
