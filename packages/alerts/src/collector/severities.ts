import { type Level, type Rule, SEVERITIES, type Severity } from '../rules/rule';

/** A level of a rule, and the variant it counts in. */
interface LevelOfRule<R extends Rule> {
  readonly rule: R;
  readonly variant: number;
  readonly level: Level;
}

/** Those of each severity that has any, the worst first: each has a branch and a queue of its own. */
export function bySeverity<R extends Rule>(
  rules: readonly R[],
): readonly { readonly severity: Severity; readonly levels: readonly LevelOfRule<R>[] }[] {
  const all = rules.flatMap((rule) =>
    rule.variants.flatMap(({ levels }, variant) => levels.map((level: Level) => ({ rule, variant, level }))),
  );
  return SEVERITIES.toReversed()
    .map((severity) => ({ severity, levels: all.filter(({ level }) => level.severity === severity) }))
    .filter(({ levels }) => levels.length > 0);
}
