import type { AllPerformanceData } from '@pg-otel/insights';
import { counted } from '../../numbers';
import type { Style } from '../../paint';
import { bar } from '../draw';
import { duration, percent, perSecond } from '../format';
import { fitting, rightCell } from '../width';
import type { Panel } from './panel';

type Bucket = AllPerformanceData['performance']['distribution'][number];

/** In seconds. The target of queries and the thresholds are edges. */
const EDGES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** The durations of the last queries: quantiles against the target, and how they are distributed. */
export const latencyPanel: Panel = ({ data: { performance } }, width, paint) => {
  const { window, seconds, withinTarget, failed, slow } = performance;
  const target = withinTarget.seconds;
  const colour = (value: number): Style =>
    value > slow.thresholdSeconds ? 'red' : value > target ? 'yellow' : 'green';
  const quantiles = (['p50', 'p95', 'p99'] as const)
    .map((name) => `${name} ${paint(colour(seconds[name]), duration(seconds[name]))}`)
    .join('  ');
  const share = `${percent(withinTarget.share)} within ${duration(target)}`;
  const failures = failed === 0 ? '' : paint('red', ` · ${failed} failed`);
  const buckets = grouped(performance.distribution);
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const barWidth = width - 18;
  return [
    `${paint('bold', 'Query latency')}${paint('dim', `  ${counted(window.count, 'query', 'queries')}, ${perSecond(performance.perSecond)}`)}`,
    quantiles,
    paint('dim', share) + failures,
    ...buckets.map(({ from, upTo, count }) => {
      const label = upTo === undefined ? `> ${edge(from)}` : `≤ ${edge(upTo)}`;
      const style = from >= slow.thresholdSeconds ? 'red' : from >= target ? 'yellow' : 'green';
      return `${rightCell(label, 9)} ${rightCell(String(count), 6)} ${paint(style, bar(count / most, barWidth))}`;
    }),
  ].map((line) => fitting(line, width));
};

/** Fewer buckets than the data has, so that they fit on a screen. */
function grouped(
  distribution: readonly Bucket[],
): { from: number; upTo: number | undefined; count: number }[] {
  return [...EDGES, undefined].map((upTo, index) => {
    const from = EDGES[index - 1] ?? 0;
    const count = distribution
      .filter((bucket) => (bucket.upTo ?? Infinity) > from && (bucket.upTo ?? Infinity) <= (upTo ?? Infinity))
      .reduce((sum, bucket) => sum + bucket.count, 0);
    return { from, upTo, count };
  });
}

const edge = (seconds: number): string => (seconds < 1 ? `${seconds * 1_000} ms` : `${seconds} s`);
