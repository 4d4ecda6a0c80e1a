import { createHash } from 'node:crypto';
import { TIMES } from '../rules/times';
import type { Bounds } from './evaluator';
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

const MAX_KEY_CHARS = 1024;

/** Identifies a series, regardless of the order of its attributes. Long keys are hashed, because keys are kept in memory. */
export function seriesKey(attributes: Attributes): string {
  const key = JSON.stringify(Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1)));
  return key.length <= MAX_KEY_CHARS ? key : createHash('sha256').update(key).digest('base64');
}

/** A process that sends no metrics for this long counts as new when it reappears. */
const FORGOTTEN_MILLIS = TIMES.serviceForgotten * 1000;

/** Returns a function that returns when the first metrics of a process arrived. */
export function instancesSince({ maxSeries }: Bounds): (instance: string, now: number) => number {
  const seen = new Map<string, { readonly since: number; readonly last: number }>();
  return (instance, now) => {
    for (const [key, { last }] of seen) {
      // The map is ordered by the last collection, the oldest first.
      if (now - last < FORGOTTEN_MILLIS) break;
      seen.delete(key);
    }
    const since = seen.get(instance)?.since ?? now;
    seen.delete(instance);
    if (seen.size < maxSeries) seen.set(instance, { since, last: now });
    return since;
  };
}
