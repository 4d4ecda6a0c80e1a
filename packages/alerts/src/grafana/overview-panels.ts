import {
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder, YAxisConfigBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PROMETHEUS } from './panel';

interface Spec {
  readonly title: string;
  /** The content of the panel, and the metric that it reads. */
  readonly description: string;
  /** The query: one series, or for a heatmap one series for each `le`. */
  readonly expr: string;
}

/** The latest value of a time series. */
export function stat({
  unit,
  badFrom,
  ...spec
}: Spec & { readonly unit: string; readonly badFrom?: number }): StatBuilder {
  const bad = badFrom === undefined ? [] : [{ value: badFrom, color: 'orange' }];
  return new StatBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .span(4)
    .height(4)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([{ value: null, color: 'green' }, ...bad]),
    )
    .withTarget(new DataqueryBuilder().refId('A').expr(spec.expr).range().datasource(PROMETHEUS));
}

/** A histogram over time, with one row for each bucket. */
export function heatmapOf(spec: Spec): HeatmapBuilder {
  return new HeatmapBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(PROMETHEUS)
    .unit('short')
    .span(12)
    .height(8)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear))
    .withTarget(
      new DataqueryBuilder()
        .refId('A')
        .expr(spec.expr)
        .legendFormat('{{le}}')
        .format(PromQueryFormat.Heatmap)
        .range()
        .datasource(PROMETHEUS),
    );
}
