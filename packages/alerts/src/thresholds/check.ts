import { histogramOf, histogramsOf } from '../rules/histograms';
import { type LevelOf, levelsOf, limitsOf, matchesAll, operationsOf, type Rule } from '../rules/rule';
import { eventOf, isEventRule, labelsOf } from '../rules/watch';
import type { Path, Problem } from './problem';

/** The maximum number of limits that the instrumentation accepts (`slowAfter`). */
const MAX_LIMITS = 20;

/** Returns the path of a setting of a rule, a variant or a level. */
export type PathOf = (part: object, ...setting: readonly string[]) => Path;

/** Finds mistakes that a schema cannot express, such as limits between bucket edges and rules that would alert twice. */
export function* checkRules(rules: readonly Rule[], pathOf: PathOf): Generator<Problem> {
  for (const rule of rules) {
    yield* checkHistograms(rule, pathOf);
    yield* checkMatches(rule, pathOf);
  }
  yield* checkOneRulePerEvent(rules, pathOf);
  yield* checkLimits(rules, pathOf);
}

/** The number of operations is exact only at the bucket edges of one histogram. Between them, it would be an estimate. */
function* checkHistograms(rule: Rule, pathOf: PathOf): Generator<Problem> {
  if (rule.watch !== 'share-within' && rule.watch !== 'slow-operation') return;
  const histograms = histogramsOf(rule.operations);
  // With two histograms, the alert of a slow operation from Prometheus would have other labels than the alert from the
  // log event, which could not inhibit it.
  if (histograms.length > 1) {
    const message = 'must share one histogram: query and batch, or connect, or acquire';
    yield { path: pathOf(rule, 'operations'), message };
  }
  for (const level of levelsOf<LevelOf<typeof rule.watch>>(rule)) {
    const isShare = 'withinSeconds' in level;
    if (!isShare && !level.hasBackstop) continue;
    const seconds = isShare ? level.withinSeconds : level.overSeconds;
    const histogram = histograms.find(({ edges }) => !edges.includes(seconds));
    if (histogram === undefined) continue;
    const below = histogram.edges.filter((edge) => edge < seconds).slice(-1);
    const above = histogram.edges.filter((edge) => edge > seconds).slice(0, 1);
    const nearest = [...below, ...above].map((edge) => `${edge}s`);
    const edges = `${nearest.length === 1 ? 'edge is' : 'edges are'} ${nearest.join(' and ')}`;
    const message = `must be a bucket edge of ${histogram.name}: the nearest ${edges}`;
    const otherwise = '; or set backstop: false, so that Prometheus does not evaluate the level';
    yield isShare
      ? { path: pathOf(level, 'within'), message }
      : { path: pathOf(level, 'over'), message: message + otherwise };
  }
}

/** An override may match only labels that the telemetry of the rule has. */
function* checkMatches(rule: Rule, pathOf: PathOf): Generator<Problem> {
  const labels = labelsOf(rule);
  const hasNoPool = rule.watch === 'share-within' && !histogramOf(rule).hasPool;
  for (const variant of rule.variants) {
    const { match } = variant;
    const path = pathOf(variant);
    if (match.pool !== undefined && hasNoPool) {
      yield { path, message: 'must not match a pool: db.client.operation.duration has no pool attribute' };
    } else if ((match.pool ?? match.database) !== undefined && !labels.includes('db_namespace')) {
      yield { path, message: 'must not match a database or a pool: the rule watches entire services' };
    } else if (labels.length === 0 && !matchesAll(match)) {
      yield { path, message: 'must not be overridden: the rule watches the collector or the bridge' };
    }
  }
}

/** Two rules on the same event would fire two alerts that differ only in their names. */
function* checkOneRulePerEvent(rules: readonly Rule[], pathOf: PathOf): Generator<Problem> {
  const names = new Map<string, string>();
  for (const rule of rules.filter(isEventRule)) {
    const { subject } = eventOf(rule);
    for (const events of operationsOf(rule)?.map((kind) => `${subject} of the kind ${kind}`) ?? [subject]) {
      const other = names.get(events);
      if (other === undefined) names.set(events, rule.name);
      else yield { path: pathOf(rule), message: `must not watch ${events}: ${other} already watches them` };
    }
  }
}

/** The instrumentation has a maximum number of limits for operations, and one limit for held connections. */
function* checkLimits(rules: readonly Rule[], pathOf: PathOf): Generator<Problem> {
  const slow = rules.filter(({ watch }) => watch === 'slow-operation');
  const last = slow.at(-1);
  if (last !== undefined && limitsOf(slow).length > MAX_LIMITS) {
    yield { path: pathOf(last), message: `must not raise the number of limits above ${MAX_LIMITS}` };
  }
  const held = rules.flatMap((rule) => (rule.watch === 'held-connection' ? levelsOf(rule) : []));
  const first = held[0]?.overSeconds;
  const other = held.find(({ overSeconds }) => overSeconds !== first);
  if (other !== undefined) {
    const reason = 'an application has one limit for held connections';
    yield { path: pathOf(other, 'over'), message: `must be ${first}s as in other levels: ${reason}` };
  }
}
