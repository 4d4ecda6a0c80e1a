import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';

/**
 * What a metric producer and a reader of `@opentelemetry/sdk-metrics` say to each other, in the shape its 2.x and 3.x
 * lines share. Declared here because the SDK is no dependency of an instrumentation, not even for its types. Its
 * enumerations are numbers on the way: `export/AggregationTemporality.d.ts`, `export/MetricData.d.ts`.
 */

/** `AggregationTemporality.DELTA` */
export const DELTA = 0;
/** `AggregationTemporality.CUMULATIVE` */
export const CUMULATIVE = 1;
export type AggregationTemporality = typeof DELTA | typeof CUMULATIVE;

/** `InstrumentType.HISTOGRAM` */
export const HISTOGRAM = 'HISTOGRAM';
/** `DataPointType.HISTOGRAM` */
export const HISTOGRAM_POINTS = 0;

/** A metric exporter, as far as it is asked here; a metric reader can be asked the same. */
export interface TemporalitySelector {
  /** @returns an `AggregationTemporality` for an `InstrumentType` */
  selectAggregationTemporality?(instrumentType: string): number;
}

/** What readers take as `metricProducers`: assignable to the `MetricProducer` of the SDK, of either line. */
export interface MetricProducer {
  /** Never rejects. */
  collect(): Promise<CollectionResult>;
}

export interface CollectionResult {
  readonly resourceMetrics: {
    /** There is none: a reader keeps its SDK's and does not look at this one. */
    readonly resource: never;
    readonly scopeMetrics: ScopeMetrics[];
  };
  readonly errors: unknown[];
}

export interface ScopeMetrics {
  readonly scope: { readonly name: string; readonly version: string };
  readonly metrics: HistogramMetricData[];
}

export interface HistogramMetricData {
  readonly descriptor: MetricDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
  readonly dataPointType: typeof HISTOGRAM_POINTS;
  readonly dataPoints: HistogramDataPoint[];
}

export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly valueType: ValueType;
}

export interface HistogramDataPoint {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: HistogramValue;
}

/** Counts by bucket, one more than there are boundaries; the rest in the unit of the metric. */
export interface HistogramValue {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly count: number;
}

/** Milliseconds since 1970 as seconds and nanoseconds, as the SDK makes them of the same clock. */
export function hrTime(milliseconds: number): HrTime {
  return [Math.trunc(milliseconds / 1000), Math.round((milliseconds % 1000) * 1e6)];
}
