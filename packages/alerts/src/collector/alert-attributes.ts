import { annotationsOf } from '../rules/annotations';
import { LABEL_SOURCES, labelsOf, MATCH_LABELS } from '../rules/labels';
import type { Level, Match, Rule } from '../rules/rule';
import { allOf, anyOf, number, resource, set, text } from './ottl';

/** What stands between the collector and the bridge, and nothing else (docs/reference/thresholds.md). */
const PREFIX = 'pg_otel.alert.';
export const RULE = `${PREFIX}rule`;
/** Which variant of the rule counts. Only within the collector. */
const VARIANT = `${PREFIX}variant`;
export const SEVERITY = labelAttribute('severity');

export const ALL_OF_OURS = text('^pg_otel\\.alert\\.');
/** What stands beside a record or a point: none of it leaves. */
export const NOTHING_AROUND_LEAVES = [
  { context: 'scope', statements: ['keep_keys(scope.attributes, [])'] },
  { context: 'resource', statements: ['keep_keys(resource.attributes, [])'] },
];
export const WHAT_LEAVES = text('^pg_otel\\.alert\\.(rule$|label\\.|annotation\\.)');

export function labelAttribute(label: string): string {
  return `${PREFIX}label.${label}`;
}
export function annotationAttribute(annotation: string): string {
  return `${PREFIX}annotation.${annotation}`;
}

/** `log` or `datapoint` of ottl.ts: the attributes of what tells the rule. */
export type AttributePath = (attribute: string) => string;

/** Names the rule, and the first of its variants that matches, where it has several. */
export function ruleStatements(rule: Rule, isTold: string, of: AttributePath): string[] {
  const isOurs = `${of(RULE)} == ${text(rule.name)}`;
  const variants = rule.variants.length === 1 ? [] : rule.variants;
  return [
    set(of(RULE), text(rule.name), [isTold]),
    ...variants.map(({ match }, index) =>
      set(of(VARIANT), number(index), [
        isOurs,
        ...(index === 0 ? [] : [`${of(VARIANT)} == nil`]),
        ...matchConditions(match, of),
      ]),
    ),
  ];
}

/** True where this variant of the rule counts. */
export function variantCondition(rule: Rule, variant: number, of: AttributePath): string {
  const isRule = `${of(RULE)} == ${text(rule.name)}`;
  return rule.variants.length === 1 ? isRule : allOf([isRule, `${of(VARIANT)} == ${number(variant)}`]);
}

function matchConditions(match: Match, of: AttributePath): string[] {
  return (Object.keys(MATCH_LABELS) as (keyof Match)[]).flatMap((part) => {
    const wanted = match[part];
    return wanted === undefined ? [] : [`${sourceOf(MATCH_LABELS[part], of)} == ${text(wanted)}`];
  });
}

function sourceOf(label: keyof typeof LABEL_SOURCES, of: AttributePath): string {
  const { of: place, attribute } = LABEL_SOURCES[label];
  return place === 'resource' ? resource(attribute) : of(attribute);
}

/** The labels of what an alert is about, each of the rules that have it. What is unknown has no label. */
export function subjectStatements(rules: readonly Rule[], of: AttributePath): string[] {
  return (Object.keys(LABEL_SOURCES) as (keyof typeof LABEL_SOURCES)[]).flatMap((label) => {
    const having = rules.filter((rule) => labelsOf(rule).includes(label));
    if (having.length === 0) return [];
    const source = sourceOf(label, of);
    return [
      set(of(labelAttribute(label)), source, [
        ...ofRules(having, rules, of),
        `IsString(${source})`,
        `${source} != ""`,
      ]),
    ];
  });
}

/** No condition where all have it. */
function ofRules(having: readonly Rule[], all: readonly Rule[], of: AttributePath): string[] {
  if (having.length === all.length) return [];
  const names = having.map(({ name }) => `${of(RULE)} == ${text(name)}`);
  return [anyOf(names)];
}

/** What a level adds: its severity, where the alert is told, the user's labels, and what it means. */
export function levelStatements(
  rule: Rule,
  level: Level,
  signal: 'logs' | 'metrics',
  of: AttributePath,
): string[] {
  const labels: Record<string, string> = {
    severity: level.severity,
    signal,
    ...(level.receiver === undefined ? {} : { receiver: level.receiver }),
    ...level.labels,
  };
  return [
    ...Object.entries(labels).map(([name, value]) => set(of(labelAttribute(name)), text(value))),
    ...Object.entries(annotationsOf(rule, level)).map(([name, value]) =>
      set(of(annotationAttribute(name)), text(value)),
    ),
  ];
}
