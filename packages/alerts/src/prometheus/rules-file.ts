import { Document, isMap, isSeq, type Scalar, type YAMLMap } from 'yaml';
import type { Level, Rule } from '../rules/rule';
import { annotationTemplates, labelTemplates } from './alert-texts';
import { duration } from './promql';
import type { GroupName, Recording } from './recording';
import { isShadowed, restricted } from './variants';
import { conditionsOf, groupOf, recordingsOf } from './watched';

/** An exhausted pool is to be told within a minute: of export (10 s), scrape, this, and `for` (20 s). */
const INTERVAL_SECONDS = 5;

const GROUPS: readonly GroupName[] = ['operations', 'pools', 'pipeline'];

/** `prometheus/rules.yaml` */
export function rulesFile(rules: readonly Rule[]): string {
  const groups = GROUPS.flatMap((name) => {
    const ofGroup = rules.filter((rule) => groupOf(rule) === name && alertsOf(rule).length > 0);
    if (ofGroup.length === 0) return [];
    return [{ name, recordings: distinct(ofGroup.flatMap(recordingsOf)), alerts: ofGroup.flatMap(alertsOf) }];
  }).map(({ name, recordings, alerts }) => ({
    name: `pg-otel-${name}`,
    interval: duration(INTERVAL_SECONDS),
    rules: [...recordings, ...alerts],
  }));
  const document = new Document({ groups }, { version: '1.2' });
  document.commentBefore = ' Generated from thresholds.yaml by `pg-otel alerts build`.';
  moveComments(document);
  return document.toString({ lineWidth: 0 });
}

function distinct(recordings: readonly Recording[]): Recording[] {
  return [...new Map(recordings.map((recording) => [recording.record, recording])).values()];
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function alertsOf(rule: Rule): AlertRule[] {
  return rule.variants.flatMap(({ match, levels }, index) => {
    const place = { match, earlier: rule.variants.slice(0, index).map((variant) => variant.match) };
    if (isShadowed(place)) return [];
    return (levels as readonly Level[]).flatMap((level) => {
      const conditions = conditionsOf(rule, level);
      if (conditions.length === 0) return [];
      return {
        alert: rule.name,
        expr: restricted(conditions, place),
        ...lasting(level),
        labels: labelTemplates(level, index === rule.variants.length - 1 ? 0 : index + 1),
        annotations: annotationTemplates(rule, level),
      };
    });
  });
}

function lasting({ forSeconds, keepFiringSeconds }: Level): Pick<AlertRule, 'for' | 'keep_firing_for'> {
  return {
    ...(forSeconds === 0 ? {} : { for: duration(forSeconds) }),
    ...(keepFiringSeconds === 0 ? {} : { keep_firing_for: duration(keepFiringSeconds) }),
  };
}

/** `comment` of a rule becomes one. */
function moveComments(document: Document): void {
  const groups = document.get('groups');
  if (!isSeq(groups)) return;
  for (const group of groups.items) {
    const rules = (group as YAMLMap).get('rules');
    if (!isSeq(rules)) continue;
    for (const rule of rules.items) {
      if (!isMap(rule)) continue;
      const comment = rule.get('comment');
      if (typeof comment === 'string') rule.commentBefore = comment.replace(/^/gm, ' ');
      rule.delete('comment');
      const expr = rule.get('expr', true) as Scalar<string>;
      if (expr.value?.includes('\n')) expr.type = 'BLOCK_LITERAL';
    }
  }
}
