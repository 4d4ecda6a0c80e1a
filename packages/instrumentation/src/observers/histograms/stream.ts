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
 * One histogram on its way to one reader. Start times and sums come about as in the SDK (`TemporalMetricProcessor`):
 * what a reader gets does not depend on the end.
 */
export class HistogramStream {
  readonly #descriptor: MetricDescriptor;
  readonly #boundaries: number[];
  /** Recorded into since the last collection, in the order of their first values. */
  #begun: Accumulation[] = [];
  /** Of a cumulative reader: everything it was told so far. */
  readonly #totals = new Map<Accumulation, Total>();
  /** Of a delta reader: the series it was told last, and when. */
  #last: { readonly time: HrTime; readonly accumulations: ReadonlySet<Accumulation> } | undefined;

  constructor(descriptor: MetricDescriptor, boundaries: number[]) {
    this.#descriptor = descriptor;
    this.#boundaries = boundaries;
  }

  /** One more series of this histogram. */
  accumulate(attributes: Attributes): Accumulation {
    return new Accumulation(attributes, this.#boundaries, (begun) => this.#begun.push(begun));
  }

  /** Nothing when there is no point to report. */
  collect(aggregationTemporality: AggregationTemporality, endTime: HrTime): HistogramMetricData | undefined {
    const begun = this.#begun;
    this.#begun = [];
    const dataPoints =
      aggregationTemporality === CUMULATIVE
        ? this.#sinceStart(begun, endTime)
        : this.#sinceLast(begun, endTime);
    if (dataPoints.length === 0) return undefined;
    return {
      descriptor: this.#descriptor,
      aggregationTemporality,
      dataPointType: HISTOGRAM_POINTS,
      dataPoints,
    };
  }

  #sinceStart(begun: readonly Accumulation[], endTime: HrTime): HistogramDataPoint[] {
    for (const accumulation of begun) {
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

  #sinceLast(begun: readonly Accumulation[], endTime: HrTime): HistogramDataPoint[] {
    const last = this.#last;
    this.#last = { time: endTime, accumulations: new Set(begun) };
    return begun.map((accumulation) => ({
      attributes: accumulation.attributes,
      startTime: last?.accumulations.has(accumulation) ? last.time : hrTime(accumulation.startedAt),
      endTime,
      value: accumulation.take(),
    }));
  }
}
