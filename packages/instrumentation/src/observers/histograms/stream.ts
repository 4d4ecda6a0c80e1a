import type { Attributes, HrTime } from '@opentelemetry/api';
import { Accumulation, merge } from './accumulation';
import {
  type AggregationTemporality,
  CUMULATIVE,
  HISTOGRAM_POINTS,
  type HistogramDataPoint,
  type HistogramMetricData,
  type HistogramValue,
  hrTime,
  type MetricDescriptor,
} from './metric-data';

interface Total {
  readonly startTime: HrTime;
  readonly value: HistogramValue;
}

/**
 * One histogram for one reader. Start times and sums are computed as in the SDK (`TemporalMetricProcessor`), so that a
 * reader gets the same data as from the SDK's instruments.
 */
export class HistogramStream {
  readonly #descriptor: MetricDescriptor;
  readonly #boundaries: number[];
  /** Series with values since the last collection, in the order of their first values. */
  #changed: Accumulation[] = [];
  /** Totals of all collections, for a cumulative reader. */
  readonly #totals = new Map<Accumulation, Total>();
  /** Time and series of the last collection, for a delta reader. */
  #last: { readonly time: HrTime; readonly accumulations: ReadonlySet<Accumulation> } | undefined;

  constructor(descriptor: MetricDescriptor, boundaries: number[]) {
    this.#descriptor = descriptor;
    this.#boundaries = boundaries;
  }

  /** Adds a series to this histogram. */
  accumulate(attributes: Attributes): Accumulation {
    return new Accumulation(attributes, this.#boundaries, (changed) => this.#changed.push(changed));
  }

  /** Returns `undefined` when there are no data points. */
  collect(aggregationTemporality: AggregationTemporality, endTime: HrTime): HistogramMetricData | undefined {
    const changed = this.#changed;
    this.#changed = [];
    const dataPoints =
      aggregationTemporality === CUMULATIVE
        ? this.#sinceStart(changed, endTime)
        : this.#sinceLast(changed, endTime);
    if (dataPoints.length === 0) return undefined;
    return {
      descriptor: this.#descriptor,
      aggregationTemporality,
      dataPointType: HISTOGRAM_POINTS,
      dataPoints,
    };
  }

  #sinceStart(changed: readonly Accumulation[], endTime: HrTime): HistogramDataPoint[] {
    for (const accumulation of changed) {
      const total = this.#totals.get(accumulation);
      const value = accumulation.take();
      this.#totals.set(
        accumulation,
        total === undefined
          ? { startTime: hrTime(accumulation.startedAt), value }
          : { startTime: total.startTime, value: merge(total.value, value) },
      );
    }
    return Array.from(this.#totals, ([{ attributes }, { startTime, value }]) => ({
      attributes,
      startTime,
      endTime,
      value,
    }));
  }

  #sinceLast(changed: readonly Accumulation[], endTime: HrTime): HistogramDataPoint[] {
    const last = this.#last;
    this.#last = { time: endTime, accumulations: new Set(changed) };
    return changed.map((accumulation) => ({
      attributes: accumulation.attributes,
      startTime: last?.accumulations.has(accumulation) ? last.time : hrTime(accumulation.startedAt),
      endTime,
      value: accumulation.take(),
    }));
  }
}
