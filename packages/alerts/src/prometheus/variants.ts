import { MATCH_LABELS } from '../rules/labels';
import type { Match } from '../rules/rule';
import { quoted, selector } from './promql';
import type { Condition } from './recording';

/** A variant among those before it, which are asked first. */
export interface Place {
  readonly match: Match;
  readonly earlier: readonly Match[];
}

/** `metric{the variant's} comparison`, unless it is an earlier variant's. Earlier ones may overlap. */
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

function partsOf(match: Match): [keyof Match, string][] {
  return (Object.entries(match) as [keyof Match, string | undefined][]).flatMap(([part, value]) =>
    value === undefined ? [] : [[part, value]],
  );
}

function matchersOf(match: Match): string[] {
  return partsOf(match).map(([part, value]) => `${MATCH_LABELS[part]}=${quoted(value)}`);
}

/** Whether something can match both. */
function overlaps(one: Match, other: Match): boolean {
  return partsOf(one).every(([part, value]) => other[part] === undefined || other[part] === value);
}

/** Whether an earlier variant takes all that this one could match. */
export function isShadowed({ match, earlier }: Place): boolean {
  return earlier.some((other) => partsOf(other).every(([part, value]) => match[part] === value));
}

/** For people: `service "checkout", pool "orders"`; empty for everything. */
export function described(match: Match): string {
  return partsOf(match)
    .map(([part, value]) => `${part} ${JSON.stringify(value)}`)
    .join(', ');
}
