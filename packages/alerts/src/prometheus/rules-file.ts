import { Document, isMap, isSeq, type Scalar } from 'yaml';
import type { Level, Rule, Watch } from '../rules/rule';
import { TIMES } from '../rules/times';
import { annotationsOf, definitionOf, levelLabels, valueText } from '../rules/watch';
import type { ValueFormat } from '../rules/watch/definition';
import { duration } from './promql';
import { GROUPS, type Recording } from './queries';
import { isShadowed, placesOf, restricted } from './variants';

/** Returns the content of `prometheus/rules.yaml`. */
export function rulesFile(rules: readonly Rule[]): string {
  const groups = GROUPS.flatMap((name) => {
    const ofGroup = rules.filter(
      (rule) => definitionOf<Watch>(rule).prometheus?.group === name && alertsOf(rule).length > 0,
    );
    if (ofGroup.length === 0) return [];
    return {
      name: `pg-otel-${name}`,
      interval: duration(TIMES.evaluate),
      rules: [...distinct(ofGroup.flatMap(recordingsOf)), ...ofGroup.flatMap(alertsOf)],
    };
  });
  const document = new Document({ groups }, { version: '1.2' });
  document.commentBefore = ' Generated from thresholds.yaml by `pg-otel alerts build`.';
  moveComments(document);
  return document.toString({ lineWidth: 0 });
}

function recordingsOf(rule: Rule): readonly Recording[] {
  return definitionOf<Watch>(rule).prometheus?.recordings(rule) ?? [];
}

function distinct(recordings: readonly Recording[]): Recording[] {
  return [...new Map(recordings.map((recording) => [recording.record, recording])).values()];
}

function alertsOf(rule: Rule): object[] {
  return placesOf(rule).flatMap((place, index) => {
    if (isShadowed(place)) return [];
    const levels: readonly Level[] = rule.variants[index]?.levels ?? [];
    return levels.flatMap((level) => {
      const conditions = definitionOf<Watch>(rule).prometheus?.conditions(level, rule) ?? [];
      if (conditions.length === 0) return [];
      const { forSeconds, keepFiringSeconds } = level;
      return {
        alert: rule.name,
        expr: restricted(conditions, place),
        ...(forSeconds === 0 ? {} : { for: duration(forSeconds) }),
        ...(keepFiringSeconds === 0 ? {} : { keep_firing_for: duration(keepFiringSeconds) }),
        labels: labelTemplates(level, index === rule.variants.length - 1 ? 0 : index + 1),
        annotations: { ...literal(annotationsOf(rule, level)), value: valueText(rule, level, TEMPLATES) },
      };
    });
  });
}

const TEMPLATES: ValueFormat = {
  percent: '{{ $value | humanizePercentage }}',
  seconds: '{{ $value | printf "%.3f" }} s',
  count: '{{ $value | printf "%.0f" }}',
};

/**
 * @param override the position of the override, from 1; 0 for none. promtool warns about two rules with equal name and
 *   labels, so a template comment in a label holds the position. It does not appear in the alert
 */
function labelTemplates(level: Level, override: number): Record<string, string> {
  const labels = literal(levelLabels(level, 'metrics'));
  return override === 0 ? labels : { ...labels, signal: `{{/* override ${override} */}}${labels['signal']}` };
}

/** Escapes braces in texts from the thresholds file, because Prometheus reads labels and annotations as Go templates. */
function literal(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, value.replaceAll('{{', '{{ "{{" }}')]),
  );
}

/** Turns the field `comment` of recordings into YAML comments. */
function moveComments(document: Document): void {
  const groups = document.get('groups');
  const rules = isSeq(groups)
    ? groups.items.flatMap((group) => {
        const list = isMap(group) ? group.get('rules') : undefined;
        return isSeq(list) ? list.items.filter(isMap) : [];
      })
    : [];
  for (const rule of rules) {
    const comment = rule.get('comment');
    if (typeof comment === 'string') rule.commentBefore = comment.replace(/^/gm, ' ');
    rule.delete('comment');
    const expr = rule.get('expr', true) as Scalar<string>;
    if (expr.value?.includes('\n')) expr.type = 'BLOCK_LITERAL';
  }
}
