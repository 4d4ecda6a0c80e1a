import { LABEL_SOURCES, MATCH_LABELS, partsOf, SOURCE_LABELS, type SourceLabel } from '../rules/labels';
import { type Level, type LevelOf, type RuleOf, SEVERITIES, type Watch } from '../rules/rule';
import { annotationsOf, labelsOf, levelLabels } from '../rules/watch';
import { type Parts, pipeline } from './config';
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

/** What the collector calls the records of a signal, and the parts of the configuration for it. */
const SIGNALS = {
  logs: {
    record: 'log',
    context: 'log',
    of: log,
    name: 'events',
    prefix: '',
    isOther: '',
    cleared: ['set(log.body, "")'],
    always: 'log.time_unix_nano >= 0',
    filters: 'Drops all log records except the events that a rule watches.',
    marks:
      'Sets the rule, the first override of the rule that matches (variant), and the labels of the alert.',
    keeps:
      'Keeps only the attributes of the alert. Query text, parameters, body and resource are not exported.',
  },
  metrics: {
    record: 'metric',
    context: 'datapoint',
    of: datapoint,
    name: 'gauges',
    prefix: 'gauges_',
    isOther: 'metric.type != METRIC_DATA_TYPE_GAUGE or ',
    cleared: [],
    always: 'metric.name != ""',
    filters: 'Drops all metrics except the gauges of pools that a rule watches.',
    marks: undefined,
    keeps: undefined,
  },
} as const;
type AttributePath = (attribute: string) => string;

const WHY_QUEUES = `One queue for each severity: a flood of warnings does not delay critical alerts. The bridge answers 200 only
after Alertmanager has accepted the alerts, so they stay in the queue on disk until then.`;

/**
 * Turns log records or data points into alerts: drops those that no rule watches, sets rule, variant and labels, and keeps
 * in the branch of each severity those that exceed a level. Each severity has its own queue.
 *
 * @param exporters additional exporters of the branches, besides the bridge
 */
export function alertsOf<W extends Watch>(
  { signal, rules, isAbout, isBreach, details }: AlertSource<W>,
  exporters: readonly string[] = [],
): Parts {
  const { record, context, of, name, prefix, isOther, cleared, always, filters, marks, keeps } =
    SIGNALS[signal];
  const processor = (kind: 'conditions' | 'statements', list: readonly unknown[], comment?: string) => ({
    '#': comment,
    error_mode: 'ignore',
    [`${record}_${kind}`]: list,
  });
  const all = rules.flatMap((rule) =>
    rule.variants.flatMap(({ levels }, variant) => levels.map((level) => ({ rule, variant, level }))),
  );
  const used = new Set(all.map(({ level }) => level.severity));
  const severities = SEVERITIES.toReversed().filter((severity) => used.has(severity));
  if (severities.length === 0) {
    // Without a receiver (404), applications would log export errors.
    const dropping = `filter/no_${signal}`;
    return {
      [`processors ${dropping}`]: processor(
        'conditions',
        [always],
        `No rule reads ${signal}: they are accepted and dropped.`,
      ),
      'exporters debug': { verbosity: 'basic' },
      [`pipelines ${signal}`]: pipeline(['otlp'], ['memory_limiter', dropping], ['debug']),
    };
  }
  const statements = [
    `delete_matching_keys(${context}.attributes, ${OUR_ATTRIBUTES})`,
    ...rules.flatMap((rule) => ruleStatements(rule, isAbout(rule), of)),
    ...subjectStatements(rules, of),
    ...details,
  ];
  const kept = [
    {
      context,
      statements: [`keep_matching_keys(${context}.attributes, ${EXPORTED_ATTRIBUTES})`, ...cleared],
    },
    { context: 'scope', statements: ['keep_keys(scope.attributes, [])'] },
    { context: 'resource', statements: ['keep_keys(resource.attributes, [])'] },
  ];
  const branches = severities.map((severity, index) => {
    const [transform, filter] = [`transform/${prefix}${severity}`, `filter/${prefix}${severity}`];
    const marked = all
      .filter(({ level }) => level.severity === severity)
      .map(({ rule, variant, level }) => ({
        context,
        conditions: [allOf([...variantConditions(rule, variant, of), isBreach(rule, level)])],
        statements: levelStatements(rule, level, signal, of),
      }));
    return {
      [`connectors forward/${severity}`]: {},
      [`processors ${transform}`]: processor('statements', [...marked, ...kept], keeps),
      [`processors ${filter}`]: processor('conditions', [`${of(SEVERITY)} == nil`]),
      ...bridge(severity, index === 0 ? WHY_QUEUES : undefined),
      [`pipelines ${signal}/${severity}`]: pipeline(
        [`forward/${severity}`],
        [transform, filter],
        [`otlp_http/${severity}`, ...exporters],
      ),
    };
  });
  const [filter, transform] = [`filter/${name}`, `transform/${name}`];
  const dropped = `${isOther}${noneOf(rules.map(isAbout))}`;
  const forwards = severities.map((severity) => `forward/${severity}`);
  return Object.assign(
    {
      [`processors ${filter}`]: processor('conditions', [dropped], filters),
      [`processors ${transform}`]: processor('statements', [{ context, statements }], marks),
      [`pipelines ${signal}/alerts`]: pipeline(['otlp'], ['memory_limiter', filter, transform], forwards),
    },
    ...branches,
  );
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
  return SOURCE_LABELS.flatMap((label) => {
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
  level: Level,
  signal: 'logs' | 'metrics',
  of: AttributePath,
): string[] {
  const labels = Object.entries(levelLabels(level, signal));
  const annotations = Object.entries(annotationsOf(rule, level));
  return [
    ...labels.map(([name, value]) => set(of(labelAttribute(name)), text(value))),
    ...annotations.map(([name, value]) => set(of(annotationAttribute(name)), text(value))),
  ];
}
