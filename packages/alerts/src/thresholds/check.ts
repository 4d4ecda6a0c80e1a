import { type Histogram, histogramOf, histogramsOf } from '../rules/histograms';
import { type Level, limitsOf, matchesAll, type OperationKind, operationsOf, type Rule } from '../rules/rule';
import { eventOf, isEventRule, labelsOf } from '../rules/watch';
import type { Problem } from './problem';
import type { PlacedRule } from './resolve';

/** The maximum number of limits that the instrumentation accepts (`slowAfter`). */
const MAX_LIMITS = 20;

/** Finds mistakes that a schema cannot express, such as limits between bucket edges and rules that would alert twice. */
export function checkRules(rules: readonly PlacedRule[]): Problem[] {
  return [
    ...rules.flatMap(checkEdges),
    ...rules.flatMap(checkMatches),
    ...rules.flatMap(checkOneHistogram),
    ...checkOneRulePerEvent(rules),
    ...checkNumberOfLimits(rules),
    ...checkHeldLimit(rules),
  ];
}

/** The number of operations is exact only at bucket edges. Between them, it would be an estimate. */
function checkEdges(placed: PlacedRule): Problem[] {
  const { rule } = placed;
  if (rule.watch === 'share-within') {
    return atLevels(placed, rule, ({ withinSeconds }) => edgeMessage(rule, withinSeconds, ''), 'within');
  }
  if (rule.watch === 'slow-operation') {
    const otherwise = '; or set backstop: false, so that Prometheus does not evaluate the level';
    const message = ({ overSeconds, hasBackstop }: { overSeconds: number; hasBackstop: boolean }) =>
      hasBackstop ? edgeMessage(rule, overSeconds, otherwise) : undefined;
    return atLevels(placed, rule, message, 'over');
  }
  return [];
}

/** Returns a problem for each level for which `messageOf` returns a message. */
function atLevels<L extends Level>(
  { variants }: PlacedRule,
  rule: { readonly variants: readonly { readonly levels: readonly L[] }[] },
  messageOf: (level: L) => string | undefined,
  setting: string,
): Problem[] {
  return rule.variants.flatMap(({ levels }, variant) =>
    levels.flatMap((level, index) => {
      const message = messageOf(level);
      return message === undefined
        ? []
        : [{ path: [...(variants[variant]?.levels[index] ?? []), setting], message }];
    }),
  );
}

function edgeMessage(
  { operations }: { readonly operations: readonly OperationKind[] },
  seconds: number,
  otherwise: string,
): string | undefined {
  const histogram = histogramsOf(operations).find(({ edges }) => !edges.includes(seconds));
  return histogram === undefined
    ? undefined
    : `must be a bucket edge of ${histogram.name}: the nearest ${nearest(histogram, seconds)}${otherwise}`;
}

function nearest({ edges }: Histogram, seconds: number): string {
  const below = edges.filter((edge) => edge < seconds).at(-1);
  const above = edges.find((edge) => edge > seconds);
  const both = [below, above].flatMap((edge) => (edge === undefined ? [] : [`${edge}s`]));
  return `${both.length === 1 ? 'edge is' : 'edges are'} ${both.join(' and ')}`;
}

/**
 * A share cannot be calculated over two histograms. The alerts of a rule on slow operations have the labels of its
 * histogram: with two histograms, the alert from Prometheus would have other labels than the alert from the log event,
 * which could not inhibit it.
 */
function checkOneHistogram({ rule, path }: PlacedRule): Problem[] {
  const isOfOne = rule.watch === 'share-within' || rule.watch === 'slow-operation';
  return isOfOne && histogramsOf(rule.operations).length > 1
    ? [
        {
          path: [...path, 'operations'],
          message: 'must share one histogram: query and batch, or connect, or acquire',
        },
      ]
    : [];
}

/** An override may match only labels that the telemetry of the rule has. */
function checkMatches({ rule, variants }: PlacedRule): Problem[] {
  const labels = labelsOf(rule);
  return rule.variants.flatMap(({ match }, index) => {
    const message =
      match.pool !== undefined && rule.watch === 'share-within' && !histogramOf(rule).hasPool
        ? 'must not match a pool: db.client.operation.duration has no pool attribute'
        : (match.pool !== undefined || match.database !== undefined) && !labels.includes('db_namespace')
          ? 'must not match a database or a pool: the rule watches entire services'
          : labels.length === 0 && !matchesAll(match)
            ? 'must not be overridden: the rule watches the collector or the bridge'
            : undefined;
    return message === undefined ? [] : [{ path: variants[index]?.path ?? [], message }];
  });
}

/** Two rules on the same event would fire two alerts that differ only in their names. */
function checkOneRulePerEvent(rules: readonly PlacedRule[]): Problem[] {
  const names = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { rule, path } of rules) {
    for (const subject of subjectsOf(rule)) {
      const other = names.get(subject);
      if (other === undefined) names.set(subject, rule.name);
      else problems.push({ path, message: `must not watch ${subject}: ${other} already watches them` });
    }
  }
  return problems;
}

function subjectsOf(rule: Rule): string[] {
  if (!isEventRule(rule)) return [];
  const { subject } = eventOf(rule);
  return operationsOf(rule)?.map((kind) => `${subject} of the kind ${kind}`) ?? [subject];
}

function checkNumberOfLimits(rules: readonly PlacedRule[]): Problem[] {
  const slow = rules.filter(({ rule }) => rule.watch === 'slow-operation');
  const limits = limitsOf(slow.map(({ rule }) => rule));
  return limits.length <= MAX_LIMITS
    ? []
    : [
        {
          path: slow.at(-1)?.path ?? [],
          message: `must not raise the number of limits above ${MAX_LIMITS}`,
        },
      ];
}

/** The instrumentation has one limit for held connections. */
function checkHeldLimit(rules: readonly PlacedRule[]): Problem[] {
  let first: number | undefined;
  return rules
    .flatMap((placed) => {
      const { rule } = placed;
      if (rule.watch !== 'held-connection') return [];
      const message = ({ overSeconds }: { overSeconds: number }) => {
        first ??= overSeconds;
        return overSeconds === first
          ? undefined
          : `must be ${first}s as in other levels: an application has one limit for held connections`;
      };
      return atLevels(placed, rule, message, 'over');
    })
    .slice(0, 1);
}
