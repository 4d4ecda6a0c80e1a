import type { Thresholds } from '../rules/rule';
import { seconds } from '../rules/text';
import { timesOn } from './limits';
import { chart, type Panel } from './panel';
import { counts, grouped, legendOf, quantile, type Series } from './promql';

/** A chart of the quantiles 50 %, 95 % and 99 % of a histogram, with the limits and targets of the rules. */
export function distribution({
  of,
  what,
  unit = 's',
  ...empty
}: {
  readonly of: Series;
  readonly what: string;
  readonly unit?: string;
  /** The text for an empty result, if it is a good sign. */
  readonly none?: string;
}): Panel {
  const { metric } = of.histogram;
  return chart(
    `Half, 95 % and 99 % of the ${what}. Estimated within the buckets of \`${metric}\`.`,
    { unit, logarithmic: unit === 's', watches: ['slow-operation', 'share-within'], metric, ...empty },
    ...[0.5, 0.95, 0.99].map((share) => ({
      expr: quantile(share, of),
      legend: `p${share * 100} ${legendOf(of.by)}`.trimEnd(),
    })),
  );
}

/** Charts of the share of operations that reach each target. Each target has its own panel with its own limits. */
export function targets(
  thresholds: Thresholds,
  what: string,
  { of, reach }: { readonly of: Series; readonly reach: (time: string) => string },
): Record<string, Panel> {
  const { metric } = of.histogram;
  const shown = { watches: ['share-within'] as const, metric };
  const panels = timesOn(thresholds, shown).map((within): [string, Panel] => {
    const time = seconds(within);
    const count = counts(within, of);
    return [
      `${what} within ${time}`,
      chart(
        `The share of the ${what.toLowerCase()} that ${reach(time)}. Exact: ${time} is a bucket edge of \`${metric}\`.`,
        { unit: 'percentunit', upTo: 1, ...shown, within },
        grouped(of.by, `${count.within} / ${count.all}`),
      ),
    ];
  });
  return Object.fromEntries(panels);
}
