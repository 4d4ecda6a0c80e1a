import { LABEL_SOURCES, MATCH_LABELS, partsOf, type SourceLabel } from '../rules/labels';
import { type LevelOf, type RuleOf, SEVERITIES, type Watch } from '../rules/rule';
import { annotationsOf, labelsOf, levelLabels } from '../rules/watch';
import { discarded } from './base';
import { type CollectorPart, pipeline } from './config';
import { bridge } from './delivery';
import { allOf, anyOf, datapoint, is, isText, log, noneOf, number, resource, set, text } from './ottl';

/** The bridge receives only attributes with this prefix (docs/reference/bridge.md). */
const PREFIX = 'pg_otel.alert.';
export const RULE = `${PREFIX}rule`;
/** The variant of the rule that applies. The collector does not export it. */
const VARIANT = `${PREFIX}variant`;
export const labelAttribute = (label: string) => `${PREFIX}label.${label}`;
export const annotationAttribute = (annotation: string) => `${PREFIX}annotation.${annotation}`;
export const SEVERITY = labelAttribute('severity');

const OUR_ATTRIBUTES = text('^pg_otel\\.alert\\.');
const EXPORTED_ATTRIBUTES = text('^pg_otel\\.alert\\.(rule$|label\\.|annotation\\.)');

/** The source of alerts: log events or data points of gauges. */
export interface AlertSource<W extends Watch> {
  readonly signal: keyof typeof SIGNALS;
  readonly rules: readonly RuleOf<W>[];
  /** A condition for records or points that a rule watches. */
  readonly isAbout: (rule: RuleOf<W>) => string;
  /** A condition for records or points that exceed a level. */
  readonly isBreach: (rule: RuleOf<W>, level: LevelOf<W>) => string;
  /** Statements after those that set rule and labels. */
  readonly details: readonly string[];
}

/** How the collector names the records of a signal, and the components and comments for it. */
const SIGNALS = {
  logs: {
    record: 'log',
    context: 'log',
    of: log,
    name: 'events',
    branch: '',
    isOther: '',
    cleared: ['set(log.body, "")'],
    comments: {
      filter: 'Drops all log records except the events that a rule watches.',
      common:
        'Sets the rule, the first override of the rule that matches (variant), and the labels of the alert.',
      branch:
        'Keeps only the attributes of the alert. Query text, parameters, body and resource are not exported.',
    },
  },
  metrics: {
    record: 'metric',
    context: 'datapoint',
    of: datapoint,
    name: 'gauges',
    branch: 'gauges_',
    isOther: 'metric.type != METRIC_DATA_TYPE_GAUGE or ',
    cleared: [],
    comments: {
      filter: 'Drops all metrics except the gauges of pools that a rule watches.',
      common: undefined,
      branch: undefined,
    },
  },
} as const;
type AttributePath = (attribute: string) => string;

/**
 * Turns log records or data points into alerts: drops those that no rule watches, sets rule, variant and labels, and keeps
 * in the branch of each severity those that exceed a level. Each severity has its own queue.
 *
 * @param exporters additional exporters of the branches, besides the bridge
 */
export function alertsOf<W extends Watch>(
  { signal, rules, isAbout, isBreach, details }: AlertSource<W>,
  exporters: readonly string[] = [],
): readonly CollectorPart[] {
  const { record, context, of, name, branch, isOther, cleared, comments } = SIGNALS[signal];
  const all = rules.flatMap((rule) =>
    rule.variants.flatMap(({ levels }, variant) => levels.map((level) => ({ rule, variant, level }))),
  );
  const severities = SEVERITIES.toReversed().filter((severity) =>
    all.some(({ level }) => level.severity === severity),
  );
  if (severities.length === 0) return [discarded(signal)];

  const filter = (condition: string) => ({ error_mode: 'ignore', [`${record}_conditions`]: [condition] });
  const transform = (blocks: readonly object[]) => ({
    error_mode: 'ignore',
    [`${record}_statements`]: blocks,
  });
  const branches = severities.map((severity) => ({
    [`transform/${branch}${severity}`]: {
      '#': comments.branch,
      ...transform([
        ...all
          .filter(({ level }) => level.severity === severity)
          .map(({ rule, variant, level }) => ({
            context,
            conditions: [allOf([...variantConditions(rule, variant, of), isBreach(rule, level)])],
            statements: levelStatements(rule, level, signal, of),
          })),
        {
          context,
          statements: [`keep_matching_keys(${context}.attributes, ${EXPORTED_ATTRIBUTES})`, ...cleared],
        },
        { context: 'scope', statements: ['keep_keys(scope.attributes, [])'] },
        { context: 'resource', statements: ['keep_keys(resource.attributes, [])'] },
      ]),
    },
    [`filter/${branch}${severity}`]: filter(`${of(SEVERITY)} == nil`),
  }));
  const statements = [
    `delete_matching_keys(${context}.attributes, ${OUR_ATTRIBUTES})`,
    ...rules.flatMap((rule) => ruleStatements(rule, isAbout(rule), of)),
    ...subjectStatements(rules, of),
    ...details,
  ];
  const forwards = severities.map((severity) => `forward/${severity}`);
  return [
    {
      connectors: Object.fromEntries(forwards.map((forward) => [forward, {}])),
      processors: Object.assign(
        {
          [`filter/${name}`]: { '#': comments.filter, ...filter(`${isOther}${noneOf(rules.map(isAbout))}`) },
          [`transform/${name}`]: { '#': comments.common, ...transform([{ context, statements }]) },
        },
        ...branches,
      ),
      pipelines: {
        [`${signal}/alerts`]: pipeline(
          ['otlp'],
          ['memory_limiter', `filter/${name}`, `transform/${name}`],
          forwards,
        ),
        ...Object.fromEntries(
          severities.map((severity) => [
            `${signal}/${severity}`,
            pipeline(
              [`forward/${severity}`],
              [`transform/${branch}${severity}`, `filter/${branch}${severity}`],
              [`otlp_http/${severity}`, ...exporters],
            ),
          ]),
        ),
      },
    },
    bridge(severities),
  ];
}

type AnyRule = RuleOf<Watch>;

/** Sets the rule and, if the rule has several variants, the first one that matches. */
function ruleStatements(rule: AnyRule, isAbout: string, of: AttributePath): string[] {
  const variants = rule.variants.length === 1 ? [] : rule.variants;
  return [
    set(of(RULE), text(rule.name), [isAbout]),
    ...variants.map(({ match }, index) =>
      set(of(VARIANT), number(index), [
        is(of(RULE), rule.name),
        ...(index === 0 ? [] : [`${of(VARIANT)} == nil`]),
        ...partsOf(match).map(([part, wanted]) => is(sourceOf(MATCH_LABELS[part], of), wanted)),
      ]),
    ),
  ];
}

/** Conditions that are true if this variant of the rule applies. */
function variantConditions(rule: AnyRule, variant: number, of: AttributePath): string[] {
  return [is(of(RULE), rule.name), ...(rule.variants.length === 1 ? [] : [is(of(VARIANT), variant)])];
}

function sourceOf(label: SourceLabel, of: AttributePath): string {
  const { of: place, attribute } = LABEL_SOURCES[label];
  return place === 'resource' ? resource(attribute) : of(attribute);
}

/** Sets the labels of the subject, for the rules that have them. A missing attribute sets no label. */
function subjectStatements(rules: readonly AnyRule[], of: AttributePath): string[] {
  return (Object.keys(LABEL_SOURCES) as SourceLabel[]).flatMap((label) => {
    const having = rules.filter((rule) => labelsOf(rule).includes(label));
    if (having.length === 0) return [];
    const source = sourceOf(label, of);
    const isOfOne =
      having.length === rules.length ? [] : [anyOf(having.map(({ name }) => is(of(RULE), name)))];
    return set(of(labelAttribute(label)), source, [...isOfOne, ...isText(source)]);
  });
}

/** Sets the labels and annotations of a level. */
function levelStatements(
  rule: AnyRule,
  level: LevelOf<Watch>,
  signal: 'logs' | 'metrics',
  of: AttributePath,
): string[] {
  const attributes = [
    ...Object.entries(levelLabels(level, signal)).map(
      ([name, value]) => [labelAttribute(name), value] as const,
    ),
    ...Object.entries(annotationsOf(rule, level)).map(
      ([name, value]) => [annotationAttribute(name), value] as const,
    ),
  ];
  return attributes.map(([name, value]) => set(of(name), text(value)));
}
