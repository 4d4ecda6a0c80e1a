import { type LevelOf, type RuleOf, SEVERITIES, type Severity, type Watch } from '../rules/rule';
import {
  type AttributePath,
  EXPORTED_ATTRIBUTES,
  levelStatements,
  NOTHING_AROUND,
  OUR_ATTRIBUTES,
  ruleStatements,
  SEVERITY,
  subjectStatements,
  variantCondition,
} from './alert-attributes';
import { type CollectorPart, type ConfigValue, Explained } from './config';
import { allOf } from './ottl';

/** Where alerts come from: log events, or points of gauges. */
export interface AlertSource<W extends Watch> {
  readonly rules: readonly RuleOf<W>[];
  readonly signal: 'logs' | 'metrics';
  /** Part of the names of components. */
  readonly name: 'events' | 'gauges';
  readonly context: 'log' | 'datapoint';
  readonly attribute: AttributePath;
  /** True for what no rule is about. */
  readonly dropped: string;
  /** True for what a rule is about. */
  readonly isAbout: (rule: RuleOf<W>) => string;
  /** True for what is above a level of its rule. */
  readonly isBreach: (rule: RuleOf<W>, level: LevelOf<W>) => string;
  /** Statements before those of the levels, and after them. */
  readonly details: readonly string[];
  readonly last: readonly string[];
}

/** The levels of each severity that has any, the most severe first. Each severity has its own branch and queue. */
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
 * Turns records or points into alerts: drops what no rule is about, sets rule, variant and labels, and keeps in the
 * branch of each severity what is above one of its levels.
 *
 * @param exporters of the branches, in addition to the bridge
 */
export function alertsOf<W extends Watch>(
  source: AlertSource<W>,
  exporters: readonly string[] = [],
): CollectorPart {
  const { rules, signal, name, attribute, context } = source;
  const branches = bySeverity(rules);
  const processorOf = (severity: Severity) => (signal === 'logs' ? severity : `gauges_${severity}`);
  return {
    connectors: Object.fromEntries(branches.map(({ severity }) => [`forward/${severity}`, {}])),
    processors: {
      [`filter/${name}`]: new Explained(
        signal === 'logs'
          ? 'Drops what matches: all but the events that a rule is about.'
          : 'Drops what matches: all but points of the pools’ gauges.',
        filter(signal, source.dropped),
      ),
      [`transform/${name}`]: explained(
        signal === 'logs' &&
          'Sets the rule, its first override that matches (variant), and the labels of what it is about.',
        transform(signal, [
          {
            context,
            statements: [
              `delete_matching_keys(${context}.attributes, ${OUR_ATTRIBUTES})`,
              ...rules.flatMap((rule) => ruleStatements<W>(rule, source.isAbout(rule), attribute)),
              ...subjectStatements<W>(rules, attribute),
              ...source.details,
            ],
          },
        ]),
      ),
      ...Object.fromEntries(
        branches.flatMap(({ severity, levels }) => [
          [
            `transform/${processorOf(severity)}`,
            explained(
              signal === 'logs' &&
                'Exports these attributes only: no query text or parameter, no body, nothing of the resource.',
              transform(signal, [
                ...levels.map(({ rule, variant, level }) => ({
                  context,
                  conditions: [
                    allOf([variantCondition<W>(rule, variant, attribute), source.isBreach(rule, level)]),
                  ],
                  statements: levelStatements<W>(rule, level, signal, attribute),
                })),
                {
                  context,
                  statements: [
                    `keep_matching_keys(${context}.attributes, ${EXPORTED_ATTRIBUTES})`,
                    ...source.last,
                  ],
                },
                ...NOTHING_AROUND,
              ]),
            ),
          ],
          [`filter/${processorOf(severity)}`, filter(signal, `${attribute(SEVERITY)} == nil`)],
        ]),
      ),
    },
    pipelines: {
      [`${signal}/alerts`]: {
        receivers: ['otlp'],
        processors: ['memory_limiter', `filter/${name}`, `transform/${name}`],
        exporters: branches.map(({ severity }) => `forward/${severity}`),
      },
      ...Object.fromEntries(
        branches.map(({ severity }) => [
          `${signal}/${severity}`,
          {
            receivers: [`forward/${severity}`],
            processors: [`transform/${processorOf(severity)}`, `filter/${processorOf(severity)}`],
            exporters: [`otlp_http/${severity}`, ...exporters],
          },
        ]),
      ),
    },
  };
}

const explained = (why: string | false, value: ConfigValue) =>
  why === false ? value : new Explained(why, value);

function filter(signal: 'logs' | 'metrics', condition: string) {
  const conditions = [condition];
  return {
    error_mode: 'ignore',
    ...(signal === 'logs' ? { log_conditions: conditions } : { metric_conditions: conditions }),
  };
}

function transform(signal: 'logs' | 'metrics', statements: readonly ConfigValue[]) {
  return {
    error_mode: 'ignore',
    ...(signal === 'logs' ? { log_statements: statements } : { metric_statements: statements }),
  };
}
