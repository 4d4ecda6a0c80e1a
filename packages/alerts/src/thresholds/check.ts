import { histogramOf, histogramsOf } from '../rules/histograms';
import { type LevelOf, levelsOf, limitsOf, matchesAll, operationsOf, type Rule } from '../rules/rule';
import { eventOf, isEventRule, labelsOf } from '../rules/watch';

/** The maximum number of limits that the instrumentation accepts (`slowAfter`). */
const MAX_LIMITS = 20;

interface Mistake {
  /** A rule, a variant or a level. */
  readonly part: object;
  /** A setting of the part. Default: the part itself. */
  readonly setting?: string;
  readonly message: string;
}

/** Finds mistakes that a schema cannot express, such as limits between bucket edges and rules that would alert twice. */
export function* checkRules(rules: readonly Rule[]): Generator<Mistake> {
  for (const rule of rules) {
    yield* checkHistograms(rule);
    yield* checkMatches(rule);
  }
  yield* checkOneRulePerEvent(rules);
  yield* checkLimits(rules);
}

/** The number of operations is exact only at the bucket edges of one histogram. Between them, it would be an estimate. */
function* checkHistograms(rule: Rule): Generator<Mistake> {
  if (rule.watch !== 'share-within' && rule.watch !== 'slow-operation') return;
  const histograms = histogramsOf(rule.operations);
  // With two histograms, the alert of a slow operation from Prometheus would have other labels than the alert from the
  // log event, which could not inhibit it.
  if (histograms.length > 1) {
    const message = 'must share one histogram: query and batch, or connect, or acquire';
    yield { part: rule, setting: 'operations', message };
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
    if (isShare) yield { part: level, setting: 'within', message };
    else yield { part: level, setting: 'over', message: message + otherwise };
  }
}

/** An override may match only labels that the telemetry of the rule has. */
function* checkMatches(rule: Rule): Generator<Mistake> {
  const labels = labelsOf(rule);
  const hasNoPool = rule.watch === 'share-within' && !histogramOf(rule).hasPool;
  for (const part of rule.variants) {
    const { match } = part;
    if (match.pool !== undefined && hasNoPool) {
      yield { part, message: 'must not match a pool: db.client.operation.duration has no pool attribute' };
    } else if ((match.pool ?? match.database) !== undefined && !labels.includes('db_namespace')) {
      yield { part, message: 'must not match a database or a pool: the rule watches entire services' };
    } else if (labels.length === 0 && !matchesAll(match)) {
      yield { part, message: 'must not be overridden: the rule watches the collector or the bridge' };
    }
  }
}

/** Two rules on the same event would fire two alerts that differ only in their names. */
function* checkOneRulePerEvent(rules: readonly Rule[]): Generator<Mistake> {
  const names = new Map<string, string>();
  for (const rule of rules.filter(isEventRule)) {
    const { subject } = eventOf(rule);
    for (const events of operationsOf(rule)?.map((kind) => `${subject} of the kind ${kind}`) ?? [subject]) {
      const other = names.get(events);
      if (other === undefined) names.set(events, rule.name);
      else yield { part: rule, message: `must not watch ${events}: ${other} already watches them` };
    }
  }
}

/** The instrumentation has a maximum number of limits for operations, and one limit for held connections. */
function* checkLimits(rules: readonly Rule[]): Generator<Mistake> {
  const slow = rules.filter(({ watch }) => watch === 'slow-operation');
  const part = slow.at(-1);
  if (part !== undefined && limitsOf(slow).length > MAX_LIMITS) {
    yield { part, message: `must not raise the number of limits above ${MAX_LIMITS}` };
  }
  const [first, ...others] = rules.flatMap((rule) =>
    rule.watch === 'held-connection' ? levelsOf(rule) : [],
  );
  const other = others.find(({ overSeconds }) => overSeconds !== first?.overSeconds);
  if (other !== undefined) {
    const message = `must be ${first?.overSeconds}s as in other levels: an application has one limit for held connections`;
    yield { part: other, setting: 'over', message };
  }
}
