import { LABEL_SOURCES, MATCH_LABELS, partsOf, type SourceLabel } from '../rules/labels';
import type { LevelOf, RuleOf, Watch } from '../rules/rule';
import { annotationsOf, labelsOf, levelLabels } from '../rules/watch';
import { allOf, anyOf, number, resource, set, text } from './ottl';

/** The bridge receives only attributes with this prefix (docs/reference/bridge.md). */
const PREFIX = 'pg_otel.alert.';
export const RULE = `${PREFIX}rule`;
/** The variant of the rule that applies. The collector does not export it. */
const VARIANT = `${PREFIX}variant`;
export const SEVERITY = labelAttribute('severity');

export const OUR_ATTRIBUTES = text('^pg_otel\\.alert\\.');
export const EXPORTED_ATTRIBUTES = text('^pg_otel\\.alert\\.(rule$|label\\.|annotation\\.)');
export function labelAttribute(label: string): string {
  return `${PREFIX}label.${label}`;
}
export function annotationAttribute(annotation: string): string {
  return `${PREFIX}annotation.${annotation}`;
}

/** `log` or `datapoint` of ottl.ts: the path of an attribute of a log record or data point. */
export type AttributePath = (attribute: string) => string;

/** Sets the rule and, if the rule has several variants, the first one that matches. */
export function ruleStatements<W extends Watch>(
  rule: RuleOf<W>,
  isAbout: string,
  of: AttributePath,
): string[] {
  const isRule = `${of(RULE)} == ${text(rule.name)}`;
  const variants = rule.variants.length === 1 ? [] : rule.variants;
  return [
    set(of(RULE), text(rule.name), [isAbout]),
    ...variants.map(({ match }, index) =>
      set(of(VARIANT), number(index), [
        isRule,
        ...(index === 0 ? [] : [`${of(VARIANT)} == nil`]),
        ...partsOf(match).map(([part, wanted]) => `${sourceOf(MATCH_LABELS[part], of)} == ${text(wanted)}`),
      ]),
    ),
  ];
}

/** A condition that is true if this variant of the rule applies. */
export function variantCondition<W extends Watch>(
  rule: RuleOf<W>,
  variant: number,
  of: AttributePath,
): string {
  const isRule = `${of(RULE)} == ${text(rule.name)}`;
  return rule.variants.length === 1 ? isRule : allOf([isRule, `${of(VARIANT)} == ${number(variant)}`]);
}

function sourceOf(label: SourceLabel, of: AttributePath): string {
  const { of: place, attribute } = LABEL_SOURCES[label];
  return place === 'resource' ? resource(attribute) : of(attribute);
}

/** Sets the labels of the subject, for the rules that have them. A missing attribute sets no label. */
export function subjectStatements<W extends Watch>(rules: readonly RuleOf<W>[], of: AttributePath): string[] {
  return (Object.keys(LABEL_SOURCES) as SourceLabel[]).flatMap((label) => {
    const having = rules.filter((rule) => labelsOf<W>(rule).includes(label));
    if (having.length === 0) return [];
    const isOfOne = anyOf(having.map(({ name }) => `${of(RULE)} == ${text(name)}`));
    const source = sourceOf(label, of);
    return [
      set(of(labelAttribute(label)), source, [
        ...(having.length === rules.length ? [] : [isOfOne]),
        `IsString(${source})`,
        `${source} != ""`,
      ]),
    ];
  });
}

/** Sets the labels and annotations of a level. */
export function levelStatements<W extends Watch>(
  rule: RuleOf<W>,
  level: LevelOf<W>,
  signal: 'logs' | 'metrics',
  of: AttributePath,
): string[] {
  return [
    ...Object.entries(levelLabels(level, signal)).map(([name, value]) =>
      set(of(labelAttribute(name)), text(value)),
    ),
    ...Object.entries(annotationsOf<W>(rule, level)).map(([name, value]) =>
      set(of(annotationAttribute(name)), text(value)),
    ),
  ];
}
