import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';

/**
 * The types that metric producers and readers of `@opentelemetry/sdk-metrics` exchange, as far as its major versions 2
 * and 3 agree. They are declared here because an instrumentation does not depend on the SDK, not even for types.
 * Enumerations are numbers at run time: `export/AggregationTemporality.d.ts`, `export/MetricData.d.ts`.
 */

/** `AggregationTemporality.DELTA` */
export const DELTA = 0;
/** `AggregationTemporality.CUMULATIVE` */
export const CUMULATIVE = 1;
/** The temporality of a metric: {@link DELTA} or {@link CUMULATIVE}. */
export type AggregationTemporality = typeof DELTA | typeof CUMULATIVE;

/** `InstrumentType.HISTOGRAM` */
export const HISTOGRAM = 'HISTOGRAM';
/** `DataPointType.HISTOGRAM` */
export const HISTOGRAM_POINTS = 0;

/** Selects the temporality of metrics: implemented by metric exporters and metric readers. */
export interface TemporalitySelector {
  /** Returns the `AggregationTemporality` for an `InstrumentType`. */
  selectAggregationTemporality?(instrumentType: string): number;
}

/** A metric producer for the option `metricProducers` of a metric reader, assignable to the SDK's `MetricProducer`. */
export interface MetricProducer {
  /** Returns the metrics since the last collection, or since the start. Never rejects. */
  collect(): Promise<CollectionResult>;
}

/** The result of one collection. */
export interface CollectionResult {
  readonly resourceMetrics: {
    /** Always undefined: readers use the resource of their SDK instead. */
    readonly resource: never;
    readonly scopeMetrics: ScopeMetrics[];
  };
  /** Errors of this collection; readers log them. */
  readonly errors: unknown[];
}

/** The metrics of one instrumentation scope. */
export interface ScopeMetrics {
  readonly scope: { readonly name: string; readonly version: string };
  readonly metrics: HistogramMetricData[];
}

/** One histogram and all its data points. */
export interface HistogramMetricData {
  readonly descriptor: MetricDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
  readonly dataPointType: typeof HISTOGRAM_POINTS;
  readonly dataPoints: HistogramDataPoint[];
}

/** Name, unit and description of a metric. */
export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly valueType: ValueType;
}

/** The values of one series. Times are seconds and nanoseconds since 1970. */
export interface HistogramDataPoint {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: HistogramValue;
}

/**
 * A histogram's value. `counts` has one more entry than `boundaries`. All other numbers, except `count`, are in the unit
 * of the metric.
 */
export interface HistogramValue {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly count: number;
}

/** Converts milliseconds since 1970 to seconds and nanoseconds, as the SDK does. */
export function hrTime(milliseconds: number): HrTime {
  return [Math.trunc(milliseconds / 1000), Math.round((milliseconds % 1000) * 1e6)];
}
