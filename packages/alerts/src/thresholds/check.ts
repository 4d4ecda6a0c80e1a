import { type Histogram, histogramsOf } from '../rules/histograms';
import { isForAll } from '../rules/match';
import { isOfPipeline } from '../rules/pipeline';
import type { OperationKind, ShareRule, SlowLevel, SlowRule } from '../rules/rule';
import type { Problem } from './problem';
import type { PlacedRule } from './resolve';

/** What the instrumentation takes (`slowAfter`). */
const MOST_LIMITS = 20;

/** What a schema cannot say: limits that no histogram can count, rules that would tell one thing twice. */
export function checkRules(rules: readonly PlacedRule[]): Problem[] {
  return [
    ...rules.flatMap(checkEdges),
    ...rules.flatMap(checkMatches),
    ...checkOneHistogram(rules),
    ...checkToldOnce(rules),
    ...checkLimits(rules),
  ];
}

/** A number of operations is exact at the edges of the buckets only: between them it would be guessed. */
function checkEdges({ rule, variants }: PlacedRule): Problem[] {
  if (rule.watch === 'share-within') {
    return limits(variants, (level: { withinSeconds: number }) => level.withinSeconds, 'within').flatMap(
      (limit) => edgeProblem(limit, rule, ''),
    );
  }
  if (rule.watch === 'slow-operation') {
    return limits(
      variants,
      (level: SlowLevel) => (level.hasBackstop ? level.overSeconds : undefined),
      'over',
    ).flatMap((limit) => edgeProblem(limit, rule, ', or backstop: false leaves Prometheus out'));
  }
  return [];
}

interface PlacedLimit {
  readonly path: readonly PropertyKey[];
  readonly seconds: number;
}

function limits<Level>(
  variants: PlacedRule['variants'],
  secondsOf: (level: Level) => number | undefined,
  name: string,
): PlacedLimit[] {
  return variants
    .flatMap(({ levels }) => levels)
    .flatMap(({ path, level }) => {
      const seconds = secondsOf(level as Level);
      return seconds === undefined ? [] : [{ path: [...path, name], seconds }];
    });
}

function edgeProblem(
  { path, seconds }: PlacedLimit,
  rule: SlowRule | ShareRule,
  otherwise: string,
): Problem[] {
  return histogramsOf(rule.operations)
    .filter(({ edges }) => !edges.includes(seconds))
    .map((histogram) => ({
      path,
      message: `must be an edge of the buckets of ${histogram.name}, ${seconds}s is none: the nearest ${nearest(histogram, seconds)}${otherwise}`,
    }));
}

function nearest({ edges }: Histogram, seconds: number): string {
  const below = edges.filter((edge) => edge < seconds).at(-1);
  const above = edges.find((edge) => edge > seconds);
  const both = [below, above].flatMap((edge) => (edge === undefined ? [] : [`${edge}s`]));
  return `${both.length === 1 ? 'is' : 'are'} ${both.join(' and ')}`;
}

/**
 * A share is one fraction, and there is none of two histograms together. Slow operations of two would have labels of
 * both, and Prometheus could give neither: it would page beside the event that it is there to repeat.
 */
function checkOneHistogram(rules: readonly PlacedRule[]): Problem[] {
  return rules
    .filter(
      ({ rule }) =>
        (rule.watch === 'share-within' || rule.watch === 'slow-operation') &&
        histogramsOf(rule.operations).length > 1,
    )
    .map(({ path }) => ({
      path: [...path, 'operations'],
      message: 'must be of one histogram: query and batch, or connect, or acquire',
    }));
}

/** Where a pool cannot be told apart, limits of its own cannot be kept. */
function checkMatches({ rule, variants }: PlacedRule): Problem[] {
  return variants.flatMap(({ match, path }) => {
    if (
      match.pool !== undefined &&
      rule.watch === 'share-within' &&
      !histogramsOf(rule.operations)[0]?.hasPool
    ) {
      return [{ path, message: 'must not be for a pool: db.client.operation.duration does not name any' }];
    }
    const isOfAPool = match.pool !== undefined || match.database !== undefined;
    const isOfNone = rule.watch === 'missing-telemetry' || isOfPipeline(rule);
    if (isOfAPool && isOfNone)
      return [{ path, message: 'must not be for a database or a pool: it watches none' }];
    if (isOfPipeline(rule) && !isForAll(match))
      return [{ path, message: 'must not be overridden: it watches no service' }];
    return [];
  });
}

/** One event has one place to go: two alerts of it would differ in their names only. */
function checkToldOnce(rules: readonly PlacedRule[]): Problem[] {
  const told = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { rule, path } of rules) {
    for (const subject of subjectsOf(rule)) {
      const other = told.get(subject);
      if (other === undefined) told.set(subject, rule.name);
      else problems.push({ path, message: `must not tell what ${other} tells already: ${subject}` });
    }
  }
  return problems;
}

function subjectsOf(rule: PlacedRule['rule']): string[] {
  if (rule.watch === 'held-connection') return ['held connections'];
  if (rule.watch === 'slow-operation' || rule.watch === 'failed-operation') {
    const what = rule.watch === 'slow-operation' ? 'slow' : 'failed';
    return (rule.operations as readonly OperationKind[]).map(
      (kind) => `${what} operations of the kind ${kind}`,
    );
  }
  return [];
}

/** What the application must tell has to be something that it can tell. */
function checkLimits(rules: readonly PlacedRule[]): Problem[] {
  const slow = rules.filter(({ rule }) => rule.watch === 'slow-operation');
  const slowLimits = slow.flatMap(({ variants }) =>
    limits(variants, (level: SlowLevel) => level.overSeconds, 'over'),
  );
  const held = rules
    .filter(({ rule }) => rule.watch === 'held-connection')
    .flatMap(({ variants }) =>
      limits(variants, (level: { overSeconds: number }) => level.overSeconds, 'over'),
    );
  const further = held.find(({ seconds }) => seconds !== held[0]?.seconds);
  return [
    ...(new Set(slowLimits.map(({ seconds }) => seconds)).size > MOST_LIMITS
      ? [{ path: slow.at(-1)?.path ?? [], message: `must not bring the limits to more than ${MOST_LIMITS}` }]
      : []),
    ...(further === undefined
      ? []
      : [
          {
            path: further.path,
            message: `must be ${held[0]?.seconds}s as elsewhere: an application has one such limit`,
          },
        ]),
  ];
}
