import { GENERATED, yamlOf } from '../rules/compiled';
import type { Level, Rule, RuleOf, Watch } from '../rules/rule';
import { duration } from '../rules/text';
import { TIMES } from '../rules/times';
import { annotationsOf, definitionOf, levelLabels, valueText } from '../rules/watch';
import type { Condition, ValueFormat } from '../rules/watch/definition';
import { isShadowed, type Place, placesOf, restricted } from './variants';

/** A group is evaluated in order, so recordings precede the alerts that read them. */
const GROUPS = ['operations', 'pools', 'pipeline'] as const;

/** Returns the content of `prometheus/rules.yaml`. */
export function rulesFile(rules: readonly Rule[]): string {
  const groups = GROUPS.flatMap((name) => {
    const compiled = rules.filter((rule) => definitionOf(rule).group === name).map(rulesOf);
    const shown = compiled.filter(({ alerts }) => alerts.length > 0);
    if (shown.length === 0) return [];
    const recordings = shown.flatMap((rule) => rule.recordings);
    const distinct = new Map(recordings.map((recording) => [recording.record, recording]));
    return {
      name: `pg-otel-${name}`,
      interval: duration(TIMES.evaluate),
      rules: [...distinct.values(), ...shown.flatMap(({ alerts }) => alerts)],
    };
  });
  return `${GENERATED}\n\n${yamlOf({ groups })}`;
}

function rulesOf(rule: RuleOf<Watch>) {
  const { prometheus } = definitionOf(rule);
  const compiled = placesOf(rule).flatMap((place) =>
    place.levels.map((level) => {
      const { recordings, conditions } = prometheus?.(level, rule) ?? { recordings: [], conditions: [] };
      return {
        recordings,
        alerts: isShadowed(place) || conditions.length === 0 ? [] : [alertOf(rule, level, place, conditions)],
      };
    }),
  );
  return {
    recordings: compiled.flatMap(({ recordings }) => recordings),
    alerts: compiled.flatMap(({ alerts }) => alerts),
  };
}

function alertOf(rule: RuleOf<Watch>, level: Level, place: Place, conditions: readonly Condition[]) {
  const { forSeconds, keepFiringSeconds } = level;
  const labels = literal(levelLabels(level, 'metrics'));
  const earlier = place.earlier.length;
  return {
    alert: rule.name,
    expr: restricted(conditions, place),
    for: forSeconds === 0 ? undefined : duration(forSeconds),
    keep_firing_for: keepFiringSeconds === 0 ? undefined : duration(keepFiringSeconds),
    // promtool warns about two rules with equal name and labels, so a template comment holds the position of the
    // override. It does not appear in the alert.
    labels:
      earlier === rule.variants.length - 1
        ? labels
        : { ...labels, signal: `{{/* override ${earlier + 1} */}}metrics` },
    annotations: { ...literal(annotationsOf(rule, level)), value: valueText(rule, level, TEMPLATES) },
  };
}

const TEMPLATES: ValueFormat = {
  percent: '{{ $value | humanizePercentage }}',
  seconds: '{{ $value | printf "%.3f" }} s',
  count: '{{ $value | printf "%.0f" }}',
};

/** Escapes braces in texts from the thresholds file, because Prometheus reads labels and annotations as Go templates. */
function literal(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, value.replaceAll('{{', '{{ "{{" }}')]),
  );
}
