import { createHash } from 'node:crypto';
import type { Attributes } from './subject';

/**
 * A collection of the metrics of one process, in the format of a metric reader of OpenTelemetry's SDK
 * (`ResourceMetrics`). The evaluator reads gauges and histograms with explicit buckets and cumulative temporality.
 */
export interface CollectedMetrics {
  readonly resource: { readonly attributes: Attributes };
  readonly scopeMetrics: readonly { readonly metrics: readonly CollectedMetric[] }[];
}

/** The data points of one metric. */
export interface CollectedMetric {
  readonly descriptor: { readonly name: string };
  /** The SDK's `AggregationTemporality`: 0 is delta. Default: cumulative. */
  readonly aggregationTemporality?: number | undefined;
  readonly dataPoints: readonly CollectedPoint[];
}

/** The value of one series of a metric. */
export interface CollectedPoint {
  readonly attributes: Attributes;
  /** The start of a cumulative point, in seconds and nanoseconds since the epoch. */
  readonly startTime?: readonly [number, number] | undefined;
  /** A number for a gauge, `HistogramValue` for a histogram. */
  readonly value: unknown;
}

/** The value of a histogram with explicit bucket boundaries. */
export interface HistogramValue {
  readonly count: number;
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

/** The value of a gauge. */
export function numberOf({ value }: CollectedPoint): number | undefined {
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

/** Whether each collection counts from zero. */
export function isDelta({ aggregationTemporality }: CollectedMetric): boolean {
  return aggregationTemporality === 0;
}

/** Returns a histogram with explicit buckets. Exponential histograms are ignored, since their edges do not match the limits. */
export function histogramIn({ value }: CollectedPoint): HistogramValue | undefined {
  const histogram = value as Partial<HistogramValue> | null | undefined;
  const buckets = histogram?.buckets;
  return Number.isFinite(histogram?.count) &&
    Array.isArray(buckets?.boundaries) &&
    Array.isArray(buckets.counts)
    ? (histogram as HistogramValue)
    : undefined;
}

/** The number of operations that took at most `seconds`; undefined if `seconds` is not a bucket edge. */
export function countWithin({ buckets }: HistogramValue, seconds: number): number | undefined {
  const edge = buckets.boundaries.indexOf(seconds);
  if (edge < 0) return undefined;
  let count = 0;
  for (let bucket = 0; bucket <= edge; bucket++) count += buckets.counts[bucket] ?? 0;
  return count;
}

export function startMillisOf({ startTime }: CollectedPoint): number | undefined {
  return startTime === undefined ? undefined : startTime[0] * 1000 + startTime[1] / 1e6;
}

const MAX_KEY_CHARS = 1024;

/** Identifies a series, regardless of the order of its attributes. Long keys are hashed, because keys are kept in memory. */
export function seriesKey(attributes: Attributes): string {
  const key = JSON.stringify(
    Object.keys(attributes)
      .sort()
      .map((name) => [name, attributes[name]]),
  );
  return key.length <= MAX_KEY_CHARS ? key : createHash('sha256').update(key).digest('base64');
}
