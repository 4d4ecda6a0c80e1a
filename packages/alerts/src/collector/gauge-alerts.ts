import type { GaugeRule, GaugeWatch, Rule, RuleOf } from '../rules/rule';
import { gaugeOf, isGaugeRule } from '../rules/watch';
import type { AlertSource } from './alerts';
import { anyOf, datapoint, noneOf, number, text } from './ottl';

/** Keeps the first rule on each gauge, because a data point can belong to one rule only. */
export function ofOneGaugeEach(rules: readonly Rule[]): {
  readonly kept: readonly GaugeRule[];
  readonly further: readonly GaugeRule[];
} {
  const all = rules.filter(isGaugeRule);
  const isFirst = (rule: GaugeRule) => all.find(({ watch }) => watch === rule.watch) === rule;
  return { kept: all.filter(isFirst), further: all.filter((rule) => !isFirst(rule)) };
}

/** Alerts from data points of pool gauges, for collectors without Prometheus, which have no history. */
export function gaugeAlerts(rules: readonly GaugeRule[]): AlertSource<GaugeWatch> {
  return {
    rules,
    signal: 'metrics',
    name: 'gauges',
    context: 'datapoint',
    attribute: datapoint,
    dropped: `metric.type != METRIC_DATA_TYPE_GAUGE or ${noneOf(rules.map(isAbout))}`,
    isAbout,
    isBreach: (rule, level) => `datapoint.flags != 1 and ${isAbove(gaugeOf(rule).condition(level))}`,
    details: [],
    last: [],
  };
}

function isAbout(rule: RuleOf<GaugeWatch>): string {
  return `metric.name == ${text(gaugeOf(rule).metric)}`;
}

/** A data point has its value in the double or the int field, and 0 in the other one. Flag 1 means no value. */
function isAbove({ is, value }: { readonly is: '>' | '=='; readonly value: number }): string {
  const both = ['double', 'int'].map((type) => `datapoint.value_${type} ${is} ${number(value)}`);
  return is === '==' ? both.join(' and ') : anyOf(both);
}
