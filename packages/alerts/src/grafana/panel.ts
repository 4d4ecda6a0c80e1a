import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type PanelBuilder as AnyPanelBuilder,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Limits, Line } from './limits';
import { legendOf, sum } from './promql';

/** A panel of any type. */
export type Panel = Pick<AnyPanelBuilder, 'build'>;

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;

export interface Query {
  readonly expr: string;
  /** With labels in braces: `{{service_name}}`. */
  readonly legend: string;
  /** Links of its series (`tracesLink`). */
  readonly links?: readonly object[];
}

export interface Chart {
  readonly title: string;
  /** The content of the panel, and the metric that it reads. */
  readonly description: string;
  /** The id of the unit in Grafana. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly limits?: Limits;
  readonly stacked?: boolean;
  /** For times from microseconds to minutes. On a linear axis, all fast ones would look like zero. */
  readonly logarithmic?: boolean;
  /** The minimum for the upper end of the axis. */
  readonly upTo?: number;
  /** The text for an empty result, if it is a good sign. */
  readonly none?: string;
}

/** Values over time. */
export function chart(spec: Chart): PanelBuilder {
  const { title, unit, queries, limits, upTo, none } = spec;
  const panel = new PanelBuilder()
    .title(title)
    .description(described(spec.description, limits))
    .datasource(PROMETHEUS)
    .unit(unit)
    .span(12)
    .height(8)
    .lineWidth(1)
    .fillOpacity(spec.stacked ? 40 : 10)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  queries.forEach(({ expr, legend, links }, index) => {
    const refId = String.fromCharCode('A'.charCodeAt(0) + index);
    panel.withTarget(
      new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range().datasource(PROMETHEUS),
    );
    if (links !== undefined) panel.overrideByQuery(refId, [{ id: 'links', value: links }]);
  });
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (spec.logarithmic) {
    panel.scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10));
  } else {
    panel.min(0);
  }
  // Extends the axis, which otherwise ends at the data and would not show a limit far above.
  const highest = upTo ?? limits?.lines.at(-1)?.value;
  if (highest !== undefined) panel.axisSoftMax(highest);
  if (none !== undefined) panel.noValue(none);
  if (limits !== undefined && limits.lines.length > 0) {
    panel.thresholds(steps(limits.lines));
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/** A query for a table, with one value for the entire time range in each row. */
export function tableQuery(refId: string, expr: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant()
    .datasource(PROMETHEUS);
}

function described(description: string, limits?: Limits): string {
  return limits === undefined || limits.description === ''
    ? description
    : `${description}\n\n${limits.description}`;
}

/** Converts limits to steps. The first step, below all limits, is transparent. */
function steps(lines: readonly Line[]): ThresholdsConfigBuilder {
  const all: Threshold[] = [{ value: null, color: 'transparent' }, ...lines];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}

/** A sum by labels, with the values of the labels as legend. */
export function summed(by: string, vector: string): Query {
  return { expr: sum(by, vector), legend: legendOf(by) };
}
