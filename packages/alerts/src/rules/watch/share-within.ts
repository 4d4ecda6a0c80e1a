import { duration } from '../../prometheus/promql';
import { shareQueries } from '../../prometheus/shares';
import { stateLevel } from '../../thresholds/level';
import { count, limit, targetShare, window } from '../../thresholds/values';
import { histogramOf } from '../histograms';
import { DATABASE } from '../labels';
import { OPERATIONS } from '../rule';
import { percent, seconds } from '../text';
import type { WatchDefinition } from './definition';
import { operationWords } from './slow-operation';

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
  // The share is calculated over all queries together, so the query summary is not a label.
  labels: (rule) => (histogramOf(rule).hasPool ? [...DATABASE, 'pool'] : DATABASE),
  summary: ({ share, withinSeconds, windowSeconds }, { operations }) =>
    `Less than ${percent(share)} of ${operationWords(operations)} operations took at most ${seconds(withinSeconds)} in the last ${seconds(windowSeconds)}`,
  description: 'Many operations are slower than the target, even if no single one is very slow.',
  value: (format, { withinSeconds }) => `${format.percent} within ${duration(withinSeconds)}`,
  line: ({ share }) => ({ value: share, words: `below ${percent(share)}` }),
  prometheus: shareQueries,
};
