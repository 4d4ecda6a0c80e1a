import { MATCH_LABELS, partsOf } from '../rules/labels';
import type { Match } from '../rules/rule';
import type { Condition } from '../rules/watch/definition';
import { quoted, selector } from './promql';

/** A variant and the variants before it, which take precedence. */
export interface Place {
  readonly match: Match;
  readonly earlier: readonly Match[];
}

/** The variants of a rule with their places. */
export function placesOf<V extends { readonly match: Match }>({
  variants,
}: {
  readonly variants: readonly V[];
}) {
  const matches = variants.map(({ match }) => match);
  return variants.map((variant, index) => ({ ...variant, earlier: matches.slice(0, index) }));
}

/** The expression of a variant: its conditions with its matchers, `unless` an earlier variant applies. */
export function restricted(conditions: readonly Condition[], { match, earlier }: Place): string {
  return conditions
    .map(({ metric, matchers = [], comparison, where }) =>
      [
        `${selector(metric, [...matchers, ...matchersOf(match)])} ${comparison}`,
        ...(where === undefined ? [] : [where]),
        ...earlier
          .filter((other) => overlaps(other, match))
          .map((other) => `unless ${selector(metric, matchersOf(other))}`),
      ].join('\n'),
    )
    .join('\nor\n');
}

const matchersOf = (match: Match) =>
  partsOf(match).map(([part, value]) => `${MATCH_LABELS[part]}=${quoted(value)}`);

/** Whether the same series can match both. */
const overlaps = (one: Match, other: Match) =>
  partsOf(one).every(([part, value]) => other[part] === undefined || other[part] === value);

/** Whether an earlier variant matches everything that this variant matches. */
export function isShadowed({ match, earlier }: Place): boolean {
  return earlier.some((other) => partsOf(other).every(([part, value]) => match[part] === value));
}
