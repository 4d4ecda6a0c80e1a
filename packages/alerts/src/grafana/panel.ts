import * as common from '@grafana/grafana-foundation-sdk/common';
import { type DashboardBuilder, ThresholdsConfigBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Thresholds } from '../rules/rule';
import { type Limits, limitsOn, type Shown } from './limits';
import type { Query } from './promql';
import { PROMETHEUS } from './variables';

/** Builds a panel with a title and the limits of the rules. Its description ends with the metric that it reads. Units are those of Grafana. */
export type Panel = (title: string, thresholds: Thresholds) => Parameters<DashboardBuilder['withPanel']>[0];

interface AnyPanelBuilder {
  title(title: string): this;
  description(description: string): this;
  datasource(source: common.DataSourceRef): this;
  unit(unit: string): this;
  span(width: number): this;
  height(height: number): this;
}

/** Sets what panels of all types have. */
export function start<B extends AnyPanelBuilder>(
  builder: B,
  { title, description, unit }: Readonly<Record<'title' | 'description' | 'unit', string>>,
  [w, h]: readonly [width: number, height: number],
  source: common.DataSourceRef = PROMETHEUS,
): B {
  return builder.title(title).description(description).datasource(source).unit(unit).span(w).height(h);
}

/** The id of the query at this place in its panel. */
export const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

export const target = (expr: string, index = 0): DataqueryBuilder =>
  new DataqueryBuilder().refId(refId(index)).expr(expr);

/** Colors from certain values. */
const steps = (first: string, others: Limits['lines']) =>
  new ThresholdsConfigBuilder().steps([{ value: null, color: first }, ...others]);

interface Chart extends Shown {
  readonly unit: string;
  readonly stacked?: boolean;
  /** For times from microseconds to minutes. On a linear axis, all fast ones would look like zero. */
  readonly logarithmic?: boolean;
  /** The minimum for the upper end of the axis. */
  readonly upTo?: number;
  /** The text for an empty result, if it is a good sign. */
  readonly none?: string;
}

/** Values over time. */
export const chart =
  (text: string, spec: Chart, ...queries: readonly Query[]): Panel =>
  (title, thresholds) => {
    const { lines, description: ofLimits } = limitsOn(thresholds, spec);
    const description = ofLimits === '' ? text : `${text}\n\n${ofLimits}`;
    const panel = start(new PanelBuilder(), { title, description, unit: spec.unit }, [12, 8])
      .lineWidth(1)
      .fillOpacity(spec.stacked ? 40 : 10)
      .legend(new common.VizLegendOptionsBuilder().showLegend(true))
      .tooltip(
        new common.VizTooltipOptionsBuilder()
          .mode(common.TooltipDisplayMode.Multi)
          .sort(common.SortOrder.Descending),
      );
    queries.forEach(({ expr, legend, links }, index) => {
      panel.withTarget(target(expr, index).legendFormat(legend).range().datasource(PROMETHEUS));
      if (links !== undefined) panel.overrideByQuery(refId(index), [{ id: 'links', value: links }]);
    });
    if (spec.stacked) panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
    const log = new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10);
    if (spec.logarithmic) panel.scaleDistribution(log);
    else panel.min(0);
    // Extends the axis, which otherwise ends at the data and would not show a limit far above.
    const highest = spec.upTo ?? lines.at(-1)?.value;
    if (highest !== undefined) panel.axisSoftMax(highest);
    if (spec.none !== undefined) panel.noValue(spec.none);
    if (lines.length === 0) return panel;
    const dashed = common.GraphThresholdsStyleMode.Dashed;
    return panel
      .thresholds(steps('transparent', lines))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(dashed));
  };

/** The latest value of a time series, green or from `badFrom` orange. */
export const stat =
  (description: string, { unit, expr, badFrom }: { unit: string; expr: string; badFrom?: number }): Panel =>
  (title) =>
    start(new StatBuilder(), { title, description, unit }, [4, 4])
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .thresholds(steps('green', badFrom === undefined ? [] : [{ value: badFrom, color: 'orange' }]))
      .withTarget(target(expr).range().datasource(PROMETHEUS));

/** Durations over time, with one row for each bucket. `expr` returns a series for each `le`. */
export const heatmapOf =
  (description: string, expr: string): Panel =>
  (title) =>
    start(new heatmap.PanelBuilder(), { title, description, unit: 'short' }, [12, 8])
      .yAxis(new heatmap.YAxisConfigBuilder().unit('s'))
      .scaleDistribution(new common.ScaleDistributionConfigBuilder())
      .withTarget(
        target(expr).legendFormat('{{le}}').format(PromQueryFormat.Heatmap).range().datasource(PROMETHEUS),
      );
