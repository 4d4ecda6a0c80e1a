import { type LevelOf, type RuleOf, SEVERITIES, type Severity, type Watch } from '../rules/rule';
import {
  type AttributePath,
  EXPORTED_ATTRIBUTES,
  levelStatements,
  OUR_ATTRIBUTES,
  ruleStatements,
  SEVERITY,
  subjectStatements,
  variantCondition,
} from './alert-attributes';
import { type CollectorPart, listed } from './config';
import { allOf } from './ottl';

/** The source of alerts: log events or data points of gauges. */
export interface AlertSource<W extends Watch> {
  readonly rules: readonly RuleOf<W>[];
  readonly signal: 'logs' | 'metrics';
  /** Part of the names of components. */
  readonly name: 'events' | 'gauges';
  readonly context: 'log' | 'datapoint';
  readonly attribute: AttributePath;
  /** A condition for records or points that no rule watches. */
  readonly dropped: string;
  /** A condition for records or points that a rule watches. */
  readonly isAbout: (rule: RuleOf<W>) => string;
  /** A condition for records or points that exceed a level. */
  readonly isBreach: (rule: RuleOf<W>, level: LevelOf<W>) => string;
  /** Statements before those of the levels. */
  readonly details: readonly string[];
  /** Statements after those of the levels. */
  readonly last: readonly string[];
}

/** Groups levels by severity, the most severe first. Each severity has its own branch and queue. */
function bySeverity<W extends Watch>(rules: readonly RuleOf<W>[]) {
  const all = rules.flatMap((rule) =>
    rule.variants.flatMap(({ levels }, variant) => levels.map((level) => ({ rule, variant, level }))),
  );
  return SEVERITIES.toReversed()
    .map((severity) => ({ severity, levels: all.filter(({ level }) => level.severity === severity) }))
    .filter(({ levels }) => levels.length > 0);
}

export function severitiesOf<W extends Watch>(rules: readonly RuleOf<W>[]): readonly Severity[] {
  return bySeverity(rules).map(({ severity }) => severity);
}

/**
 * Turns log records or data points into alerts: drops those that no rule watches, sets rule, variant and labels, and keeps
 * in the branch of each severity those that exceed a level.
 *
 * @param exporters additional exporters of the branches, besides the bridge
 */
export function alertsOf<W extends Watch>(
  source: AlertSource<W>,
  exporters: readonly string[] = [],
): CollectorPart {
  const { rules, signal, name, attribute, context } = source;
  const severities = severitiesOf(rules);
  const common = [
    `delete_matching_keys(${context}.attributes, ${OUR_ATTRIBUTES})`,
    ...rules.flatMap((rule) => ruleStatements<W>(rule, source.isAbout(rule), attribute)),
    ...subjectStatements<W>(rules, attribute),
    ...source.details,
  ];
  return `
connectors:${severities.map((severity) => `\n  forward/${severity}: {}`).join('')}
processors:
  # ${COMMENTS[signal].filter}
  filter/${name}:${filter(signal, source.dropped)}${COMMENTS[signal].common}
  transform/${name}:${transform(signal)}${statements(context, common)}${bySeverity(rules)
    .map((branch) => branchOf(source, branch))
    .join('')}
pipelines:
  ${signal}/alerts:
    receivers: [otlp]
    processors: [memory_limiter, filter/${name}, transform/${name}]
    exporters: [${severities.map((severity) => `forward/${severity}`).join(', ')}]${severities
      .map(
        (severity) => `
  ${signal}/${severity}:
    receivers: [forward/${severity}]
    processors: [transform/${processorOf(signal, severity)}, filter/${processorOf(signal, severity)}]
    exporters: [${[`otlp_http/${severity}`, ...exporters].join(', ')}]`,
      )
      .join('')}
`;
}

const COMMENTS = {
  logs: {
    filter: 'Drops all log records except the events that a rule watches.',
    common:
      '\n  # Sets the rule, the first override of the rule that matches (variant), and the labels of the alert.',
    branch:
      '\n  # Keeps only the attributes of the alert. Query text, parameters, body and resource are not exported.',
  },
  metrics: {
    filter: 'Drops all metrics except the gauges of pools that a rule watches.',
    common: '',
    branch: '',
  },
} as const;

const processorOf = (signal: 'logs' | 'metrics', severity: Severity) =>
  signal === 'logs' ? severity : `gauges_${severity}`;

/** The processors of one severity. */
function branchOf<W extends Watch>(
  { signal, attribute, context, isBreach, last }: AlertSource<W>,
  { severity, levels }: ReturnType<typeof bySeverity<W>>[number],
): string {
  const name = processorOf(signal, severity);
  const kept = [`keep_matching_keys(${context}.attributes, ${EXPORTED_ATTRIBUTES})`, ...last];
  return `${COMMENTS[signal].branch}
  transform/${name}:${transform(signal)}${levels
    .map(({ rule, variant, level }) =>
      statements(context, levelStatements<W>(rule, level, signal, attribute), [
        allOf([variantCondition<W>(rule, variant, attribute), isBreach(rule, level)]),
      ]),
    )
    .join(
      '',
    )}${statements(context, kept)}${statements('scope', ['keep_keys(scope.attributes, [])'])}${statements('resource', ['keep_keys(resource.attributes, [])'])}
  filter/${name}:${filter(signal, `${attribute(SEVERITY)} == nil`)}`;
}

const filter = (signal: 'logs' | 'metrics', condition: string) => `
    error_mode: ignore
    ${signal === 'logs' ? 'log' : 'metric'}_conditions:${listed([condition], 6)}`;

const transform = (signal: 'logs' | 'metrics') => `
    error_mode: ignore
    ${signal === 'logs' ? 'log' : 'metric'}_statements:`;

const statements = (context: string, all: readonly string[], conditions: readonly string[] = []) => `
      - context: ${context}${conditions.length === 0 ? '' : `\n        conditions:${listed(conditions, 10)}`}
        statements:${listed(all, 10)}`;
