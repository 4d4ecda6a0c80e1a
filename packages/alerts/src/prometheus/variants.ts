import { MATCH_LABELS, partsOf } from '../rules/labels';
import type { Match } from '../rules/rule';
import { quoted, selector } from './promql';
import type { Condition } from './queries';

/** A variant and the variants before it, which take precedence. */
export interface Place {
  readonly match: Match;
  readonly earlier: readonly Match[];
}

export function placesOf({ variants }: { readonly variants: readonly { readonly match: Match }[] }): Place[] {
  const matches = variants.map(({ match }) => match);
  return matches.map((match, index) => ({ match, earlier: matches.slice(0, index) }));
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

function matchersOf(match: Match): string[] {
  return partsOf(match).map(([part, value]) => `${MATCH_LABELS[part]}=${quoted(value)}`);
}

/** Whether the same series can match both. */
function overlaps(one: Match, other: Match): boolean {
  return partsOf(one).every(([part, value]) => other[part] === undefined || other[part] === value);
}

/** Whether an earlier variant matches everything that this variant matches. */
export function isShadowed({ match, earlier }: Place): boolean {
  return earlier.some((other) => partsOf(other).every(([part, value]) => match[part] === value));
}
