import type { OperationKind, Thresholds } from '../rules/rule';
import { seconds } from '../rules/text';
import { durationLimits, shareLimits, targetTimes } from './limits';
import { chart, type Panel, type Query } from './panel';
import { type HistogramPart, quantile, shareWithin } from './promql';

/** A histogram of operations that rules may watch. */
interface Operations {
  readonly thresholds: Thresholds;
  readonly kinds: readonly OperationKind[];
  readonly part: HistogramPart;
}

/** The quantiles 50 %, 95 % and 99 %, estimated within the buckets. */
export function quantiles(part: HistogramPart, legend = ''): Query[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    expr: quantile(share, part),
    legend: `p${share * 100}${legend === '' ? '' : ` ${legend}`}`,
  }));
}

/** A chart of durations with the limits and targets of the rules. */
export function durations(
  { thresholds, kinds, part }: Operations,
  { title, description, legend }: { title: string; description: string; legend?: string },
): Panel {
  return chart({
    title,
    description,
    unit: 's',
    logarithmic: true,
    limits: durationLimits(thresholds, kinds),
    queries: quantiles(part, legend),
  });
}

/** Charts of the share of operations that reach each target. Each target has its own panel with its own limits. */
export function targets(
  { thresholds, kinds, part }: Operations,
  {
    what,
    description,
    metric,
    legend,
  }: {
    readonly what: string;
    /** Returns the description for a target, such as `50 ms`. */
    readonly description: (time: string) => string;
    readonly metric: string;
    readonly legend: string;
  },
): Panel[] {
  return targetTimes(thresholds, kinds).map((within) =>
    chart({
      title: `${what} within ${seconds(within)}`,
      description: `${description(seconds(within))} Exact: ${seconds(within)} is a bucket edge of \`${metric}\`.`,
      unit: 'percentunit',
      upTo: 1,
      limits: shareLimits(thresholds, kinds, within),
      queries: [{ expr: shareWithin(within, part), legend }],
    }),
  );
}
