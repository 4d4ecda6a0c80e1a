import type { Level, PoolLevel, PoolRule, Rule, Severity, UnhealthyRule } from '../rules/rule';
import {
  levelStatements,
  NOTHING_AROUND_LEAVES,
  ruleStatements,
  SEVERITY,
  subjectStatements,
  variantCondition,
  WHAT_LEAVES,
} from './alert-attributes';
import { type CollectorPart, Explained } from './config';
import { allOf, anyOf, datapoint, noneOf, number, text } from './ottl';
import { bySeverity } from './severities';

/** What a single point of a gauge tells. */
type GaugeRule = PoolRule | UnhealthyRule;

const GAUGES: Readonly<Record<GaugeRule['watch'], string>> = {
  'pool-utilization': 'pg_otel.connection.utilization',
  'pool-waiting': 'pg_otel.connection.pending.oldest',
  'pool-unhealthy': 'pg_otel.connection.health',
};

/** The first rule of each gauge: a point goes one way. */
export function gaugeRules(rules: readonly Rule[]): {
  readonly kept: readonly GaugeRule[];
  readonly further: readonly GaugeRule[];
} {
  const all = rules.filter((rule): rule is GaugeRule => rule.watch in GAUGES);
  const isFirst = (rule: GaugeRule) => all.find(({ watch }) => watch === rule.watch) === rule;
  return { kept: all.filter(isFirst), further: all.filter((rule) => !isFirst(rule)) };
}

/** Points of the pools' gauges that are over a level, as alerts: without Prometheus, and so without any history. */
export function gaugeAlerts(rules: readonly GaugeRule[]): CollectorPart {
  const branches = bySeverity(rules);
  return {
    connectors: Object.fromEntries(branches.map(({ severity }) => [`forward/${severity}`, {}])),
    processors: {
      'filter/gauges': new Explained('What matches is dropped: all but points of the pools’ gauges.', {
        error_mode: 'ignore',
        metric_conditions: [`metric.type != METRIC_DATA_TYPE_GAUGE or ${noneOf(rules.map(isOf))}`],
      }),
      'transform/gauges': {
        error_mode: 'ignore',
        metric_statements: [
          {
            context: 'datapoint',
            statements: [
              `delete_matching_keys(datapoint.attributes, ${text('^pg_otel\\.alert\\.')})`,
              ...rules.flatMap((rule) => ruleStatements(rule, isOf(rule), datapoint)),
              ...subjectStatements(rules, datapoint),
            ],
          },
        ],
      },
      ...Object.assign({}, ...branches.map(({ severity, levels }) => branch(severity, levels))),
    },
    pipelines: {
      'metrics/alerts': {
        receivers: ['otlp'],
        processors: ['memory_limiter', 'filter/gauges', 'transform/gauges'],
        exporters: branches.map(({ severity }) => `forward/${severity}`),
      },
      ...Object.fromEntries(
        branches.map(({ severity }) => [
          `metrics/${severity}`,
          {
            receivers: [`forward/${severity}`],
            processors: [`transform/gauges_${severity}`, `filter/gauges_${severity}`],
            exporters: [`otlp_http/${severity}`],
          },
        ]),
      ),
    },
  };
}

function branch(
  severity: Severity,
  levels: ReturnType<typeof bySeverity<GaugeRule>>[number]['levels'],
): CollectorPart['processors'] {
  return {
    [`transform/gauges_${severity}`]: {
      error_mode: 'ignore',
      metric_statements: [
        ...levels.map(({ rule, variant, level }) => ({
          context: 'datapoint',
          conditions: [allOf([variantCondition(rule, variant, datapoint), breaks(rule, level)])],
          statements: levelStatements(rule, level, 'metrics', datapoint),
        })),
        {
          context: 'datapoint',
          statements: [`keep_matching_keys(datapoint.attributes, ${WHAT_LEAVES})`],
        },
        ...NOTHING_AROUND_LEAVES,
      ],
    },
    [`filter/gauges_${severity}`]: {
      error_mode: 'ignore',
      metric_conditions: [`${datapoint(SEVERITY)} == nil`],
    },
  };
}

function isOf({ watch }: GaugeRule): string {
  return `metric.name == ${text(GAUGES[watch])}`;
}

/** A point is a double or an int, and 0 as the other one. One without a value (flag 1) says nothing. */
function breaks({ watch }: GaugeRule, level: Level): string {
  const isBroken =
    watch === 'pool-unhealthy'
      ? 'datapoint.value_double == 0 and datapoint.value_int == 0'
      : anyOf(
          ['double', 'int'].map((type) => `datapoint.value_${type} > ${number((level as PoolLevel).over)}`),
        );
  return `datapoint.flags != 1 and ${isBroken}`;
}
