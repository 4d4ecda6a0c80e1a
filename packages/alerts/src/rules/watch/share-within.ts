import { counting, increaseIn, metricName, perProcess, within } from '../../prometheus/promql';
import { stateLevel } from '../../thresholds/level';
import { count, limit, targetShare, window } from '../../thresholds/values';
import { histogramOf } from '../histograms';
import { DATABASE } from '../labels';
import { OPERATIONS, type RuleOf } from '../rule';
import { duration, percent, seconds } from '../text';
import type { WatchDefinition } from './definition';
import { operationWords } from './slow-operation';

// The share is calculated over all queries together, so the query summary is not a label.
const labelsOf = (rule: RuleOf<'share-within'>) =>
  histogramOf(rule).hasPool ? ([...DATABASE, 'pool'] as const) : DATABASE;

/** The share of operations that reach a target is too small. */
export const shareWithin: WatchDefinition<'share-within'> = {
  operations: OPERATIONS,
  level: stateLevel({
    within: limit.describe('the target: a bucket edge of the histogram'),
    share: targetShare.describe('the alert fires when a smaller share of the operations reaches the target'),
    window: window.default(300).describe('the period over which the share is calculated'),
    atLeast: count.default(20).describe('with fewer operations in the window, the alert does not fire'),
  }).transform(({ within, window: windowSeconds, ...others }) => ({
    ...others,
    withinSeconds: within,
    windowSeconds,
  })),
  labels: labelsOf,
  summary: ({ share, withinSeconds, windowSeconds }, { operations }) =>
    `Less than ${percent(share)} of ${operationWords(operations)} operations took at most ${seconds(withinSeconds)} in the last ${seconds(windowSeconds)}`,
  description: 'Many operations are slower than the target, even if no single one is very slow.',
  value: (format, { withinSeconds }) => `${format.percent} within ${duration(withinSeconds)}`,
  line: ({ share }) => ({ value: share, words: `below ${percent(share)}` }),
  group: 'operations',
  prometheus: ({ share, withinSeconds, windowSeconds, atLeast }, rule) => {
    const { name, hasPool } = histogramOf(rule);
    const labels = labelsOf(rule);
    const place = hasPool ? 'pool' : 'database';
    const metric = metricName(name, 'seconds');
    const window = duration(windowSeconds);
    const target = `within_${duration(withinSeconds)}`;
    const all = `instance_${place}:${metric}:count`;
    const fast = `instance_${place}:${metric}:${target}`;
    const increase = `${place}:${metric}:count_increase${window}`;
    const reached = `${place}:${metric}:${target}_share${window}`;
    return {
      recordings: [
        ...counting({ record: all, expr: perProcess(labels, `${metric}_count`) }),
        ...counting({ record: fast, expr: perProcess(labels, within(metric, withinSeconds)) }),
        { record: increase, expr: increaseIn(windowSeconds, labels, all) },
        {
          '#': 'Rounded, so that 95 of 100 operations are not less than 95 %.',
          record: reached,
          expr: `round(\n${increaseIn(windowSeconds, labels, fast)}\n/ ${increase}, 1e-6)`,
        },
      ],
      conditions: [{ metric: reached, comparison: `< ${share}`, where: `and ${increase} >= ${atLeast}` }],
    };
  },
};
