import { type Histogram, histogramsOf } from '../rules/histograms';
import { labelsOf } from '../rules/labels';
import type { ShareLevel, ShareRule } from '../rules/rule';
import { histogramMetric, INSTANCE } from './metrics';
import { bucketMatcher, groupedBy, inName } from './promql';
import type { Condition, Recording } from './recording';
import { grownIn, watching } from './since';

interface Names {
  /** Of each process. */
  readonly all: string;
  readonly within: string;
  readonly grown: string;
  readonly share: string;
}

function namesOf(rule: ShareRule, { withinSeconds, windowSeconds }: ShareLevel): Names {
  const histogram = histogramsOf(rule.operations)[0] as Histogram;
  const level = histogram.hasPool ? 'pool' : 'database';
  const metric = histogramMetric(histogram.name);
  const window = inName(windowSeconds);
  return {
    all: `instance_${level}:${metric}:count`,
    within: `instance_${level}:${metric}:within_${inName(withinSeconds)}`,
    grown: `${level}:${metric}:count_increase${window}`,
    share: `${level}:${metric}:within_${inName(withinSeconds)}_share${window}`,
  };
}

export function shareRecordings(rule: ShareRule): Recording[] {
  const metric = histogramMetric((histogramsOf(rule.operations)[0] as Histogram).name);
  const labels = labelsOf(rule);
  const each = [...INSTANCE, ...labels];
  return rule.variants
    .flatMap(({ levels }) => levels)
    .flatMap((level) => {
      const { all, within, grown, share } = namesOf(rule, level);
      const { withinSeconds, windowSeconds } = level;
      const bucket = `max without (le) (${metric}_bucket{${bucketMatcher(withinSeconds)}})`;
      const sum = (counter: string) => `sum by (${labels.join(', ')}) ${grownIn(windowSeconds, counter)}`;
      return [
        { record: all, expr: groupedBy('sum', each, `${metric}_count`) },
        watching(all),
        { record: within, expr: groupedBy('sum', each, bucket) },
        watching(within),
        { record: grown, expr: sum(all) },
        {
          record: share,
          // Or 95 of 100 might be less than 95 %.
          expr: `round(\n${sum(within)}\n/ ${grown}, 1e-6)`,
          comment: 'Rounded: 95 of 100 must not be less than 95 %.',
        },
      ];
    });
}

export function shareConditions(rule: ShareRule, level: ShareLevel): Condition[] {
  const { share, grown } = namesOf(rule, level);
  return [{ metric: share, comparison: `< ${level.share}`, where: `and ${grown} >= ${level.atLeast}` }];
}
