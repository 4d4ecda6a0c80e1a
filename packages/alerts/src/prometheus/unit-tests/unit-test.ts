import { quoted, selector } from '../promql';

/** Of a series, and of the evaluation, in seconds. */
export const STEP_SECONDS = 5;

/** A series of promtool's: `0x23 1x40`. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** An alert that has to fire. */
interface ExpectedAlert {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

export interface UnitTest {
  readonly name: string;
  readonly input_series: readonly InputSeries[];
  readonly alert_rule_test: readonly {
    readonly eval_time: string;
    readonly alertname: string;
    readonly exp_alerts: readonly ExpectedAlert[];
  }[];
}

export type Labels = Readonly<Record<string, string>>;

export function series(metric: string, labels: Labels, values: string): InputSeries {
  const matchers = Object.entries(labels).map(([name, value]) => `${name}=${quoted(value)}`);
  return { series: selector(metric, matchers), values };
}

/** How many further steps a time has: promtool's `x` repeats a value so often after its first. */
export function stepsOf(seconds: number): number {
  return Math.ceil(seconds / STEP_SECONDS);
}
