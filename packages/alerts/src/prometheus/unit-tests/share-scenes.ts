import { type Histogram, histogramsOf } from '../../rules/histograms';
import type { Match, ShareLevel, ShareRule } from '../../rules/rule';
import { histogramMetric } from '../metrics';
import { duration } from '../promql';
import { nextEdge } from './operation-scenes';
import type { Scene } from './scene';
import { seriesLabels, subjectOf } from './subject';
import { type InputSeries, type Labels, STEP_SECONDS, series, stepsOf } from './unit-test';

/** Operations of each step: so many that every share is a whole number of them. */
const PER_STEP = 1_000_000;

export function shareScenes(rule: ShareRule, match: Match, levels: readonly ShareLevel[]): Scene[] {
  const subject = subjectOf(rule, match);
  const histogram = histogramsOf(rule.operations)[0] as Histogram;
  const all = rule.variants.flatMap((variant) => variant.levels);
  return distinct(all).flatMap(({ withinSeconds, share, windowSeconds, atLeast }) => {
    const end = Math.max(...[...levels, ...all].map((level) => level.forSeconds + level.windowSeconds)) + 60;
    const scene = (name: string, part: number, perStep: number): Scene => {
      const fast = Math.round(part * perStep);
      const rates = { fast, slow: perStep - fast, withinSeconds, steps: stepsOf(end) };
      const shareOf = (level: ShareLevel) =>
        level.withinSeconds < withinSeconds ? 0 : level.withinSeconds === withinSeconds ? fast / perStep : 1;
      return {
        name: `${histogram.name} within ${duration(withinSeconds)} in ${duration(windowSeconds)}: ${name}`,
        series: histogramOf(histogram, seriesLabels(subject), rates),
        moments: [
          {
            seconds: Math.floor(end / STEP_SECONDS) * STEP_SECONDS,
            firing: levels
              .filter((level) => shareOf(level) < level.share)
              .filter((level) => (perStep * level.windowSeconds) / STEP_SECONDS >= level.atLeast)
              .map((level) => ({ level, subject, value: shareOf(level) })),
          },
        ],
      };
    };
    const isExample = Object.keys(match).length === 0;
    return [
      scene('half of its share', share / 2, PER_STEP),
      ...(isExample
        ? [
            scene('exactly its share', share, PER_STEP),
            // Growth in a window is an estimate: near its limit a number of operations is not foretold.
            scene('fewer operations than count', 0, (0.45 * atLeast * STEP_SECONDS) / windowSeconds),
          ]
        : []),
    ];
  });
}

function distinct(levels: readonly ShareLevel[]): ShareLevel[] {
  return [
    ...new Map(
      levels.map((level) => [`${level.withinSeconds} ${level.share} ${level.windowSeconds}`, level]),
    ).values(),
  ];
}

interface Rates {
  /** Operations of a step that took as long as the target allows. */
  readonly fast: number;
  /** Those that took a bucket longer. */
  readonly slow: number;
  readonly withinSeconds: number;
  readonly steps: number;
}

function histogramOf(histogram: Histogram, labels: Labels, rates: Rates): InputSeries[] {
  const metric = histogramMetric(histogram.name);
  const { fast, slow, withinSeconds, steps } = rates;
  const growing = (perStep: number) => `0+${perStep}x${steps}`;
  const slower = nextEdge(histogram, withinSeconds);
  return [
    ...histogram.edges.map((edge) =>
      series(
        `${metric}_bucket`,
        { ...labels, le: `${edge}` },
        growing((edge >= withinSeconds ? fast : 0) + (edge >= slower ? slow : 0)),
      ),
    ),
    series(`${metric}_bucket`, { ...labels, le: '+Inf' }, growing(fast + slow)),
    series(`${metric}_count`, labels, growing(fast + slow)),
  ];
}
