import { annotationsOf } from '../../rules/annotations';
import type { Level, Rule } from '../../rules/rule';
import { toldLabels, toldValue } from '../alert-texts';
import { duration } from '../promql';
import type { InputSeries, Labels, UnitTest } from './unit-test';

/** A level that fires, for whom, and with which value. */
interface Firing {
  readonly level: Level;
  readonly subject: Labels;
  readonly value: number;
}

/** What is told to Prometheus, and which levels must fire when. */
export interface Scene {
  readonly name: string;
  readonly series: readonly InputSeries[];
  readonly moments: readonly { readonly seconds: number; readonly firing: readonly Firing[] }[];
}

export function unitTestOf(rule: Rule, { name, series, moments }: Scene): UnitTest {
  return {
    name: `${rule.name}: ${name}`,
    input_series: series,
    alert_rule_test: moments.map(({ seconds, firing }) => ({
      eval_time: duration(seconds),
      alertname: rule.name,
      exp_alerts: firing.map(({ level, subject, value }) => ({
        exp_labels: { ...subject, ...toldLabels(level) },
        exp_annotations: { ...annotationsOf(rule, level), value: toldValue(rule, level, value) },
      })),
    })),
  };
}
