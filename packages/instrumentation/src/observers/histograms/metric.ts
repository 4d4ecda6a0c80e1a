import { type Attributes, type Context, type Histogram, type Meter, ValueType } from '@opentelemetry/api';
import { DB_SYSTEM_NAME, OTHER, POSTGRESQL } from '../../semconv';
import type { Series } from '../../statement';
import type { Accumulation } from './accumulation';
import { HISTOGRAM, type MetricDescriptor } from './metric-data';
import { HistogramStream } from './stream';

export interface HistogramDefinition {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Upper boundaries of the buckets, inclusive, in the unit of the metric. */
  readonly buckets: readonly number[];
}

/** The most folded series, in addition to the limit. SDKs limit a metric to 2000 series, and combine all others. */
const FOLDED_LIMIT = 90;

/**
 * One histogram with a limited number of series. All values go either to the SDK's instrument or to the streams, one for
 * each reader that has a metric producer.
 */
export class HistogramMetric {
  readonly #descriptor: MetricDescriptor;
  readonly #boundaries: number[];
  readonly #series = new Map<string, HistogramSeries>();
  readonly #sizes = { own: 0, folded: 0, rest: 0 };
  readonly #streams: HistogramStream[] = [];
  #instrument: Histogram | undefined;
  #hasUsedInstrument = false;
  /** How many series may have all their attributes; further ones are folded. */
  limit: number;

  constructor({ name, unit, description, buckets }: HistogramDefinition, limit: number) {
    this.#boundaries = [...buckets];
    // Descriptors of the SDK have `type` and `advice`, which their declaration omits and the console exporter prints.
    const descriptor = {
      name,
      type: HISTOGRAM,
      description,
      unit,
      valueType: ValueType.DOUBLE,
      advice: { explicitBucketBoundaries: this.#boundaries },
    };
    this.#descriptor = descriptor;
    this.limit = limit;
  }

  /** Whether an instrument of the SDK has recorded a value. */
  get hasUsedInstrument(): boolean {
    return this.#hasUsedInstrument;
  }

  /** Records into an instrument of this meter from now on, or nowhere. Applies to existing series as well. */
  useMeter(meter: Meter | undefined): void {
    const { name, unit, description } = this.#descriptor;
    const advice = { explicitBucketBoundaries: [...this.#boundaries] };
    this.#instrument = meter?.createHistogram(name, { unit, description, advice });
  }

  /** Records into a further stream from now on, and into no instrument. Applies to existing series as well. */
  addStream(): HistogramStream {
    const stream = new HistogramStream(this.#descriptor, this.#boundaries);
    this.#streams.push(stream);
    for (const series of this.#series.values()) series.addTo(stream);
    return stream;
  }

  /** Records into no stream from now on. Applies to existing series as well. */
  removeStreams(): void {
    this.#streams.length = 0;
    for (const series of this.#series.values()) series.removeStreams();
  }

  /**
   * Returns the series for these attributes, always the same one. Above the limit, it returns the series for the folded
   * attributes. If there are too many of these (in a process with thousands of databases), all others share one series.
   */
  series(attributes: Attributes, folded: Attributes): Series {
    return (this.#within('own', attributes, this.limit) ??
      this.#within('folded', folded, FOLDED_LIMIT) ??
      this.#within('rest', { [DB_SYSTEM_NAME]: POSTGRESQL, 'error.type': OTHER }, 1)) as Series;
  }

  #within(kind: 'own' | 'folded' | 'rest', attributes: Attributes, limit: number): Series | undefined {
    const key = JSON.stringify(attributes);
    let series = this.#series.get(key);
    if (series === undefined && this.#sizes[kind] < limit) {
      this.#sizes[kind] += 1;
      series = new HistogramSeries(attributes, (value, context) => {
        if (this.#instrument === undefined) return;
        this.#hasUsedInstrument = true;
        this.#instrument.record(value, attributes, context);
      });
      for (const stream of this.#streams) series.addTo(stream);
      this.#series.set(key, series);
    }
    return series;
  }
}

class HistogramSeries implements Series {
  readonly #attributes: Attributes;
  readonly #accumulations: Accumulation[] = [];
  readonly #toInstrument: Series['record'];

  constructor(attributes: Attributes, toInstrument: Series['record']) {
    this.#attributes = attributes;
    this.#toInstrument = toInstrument;
  }

  addTo(stream: HistogramStream): void {
    this.#accumulations.push(stream.accumulate(this.#attributes));
  }

  removeStreams(): void {
    this.#accumulations.length = 0;
  }

  record(value: number, context: Context): void {
    const accumulations = this.#accumulations;
    if (accumulations.length === 0) {
      this.#toInstrument(value, context);
      return;
    }
    // The SDK's instruments ignore NaN and negative values as well.
    if (!(value >= 0)) return;
    for (let index = 0; index < accumulations.length; index += 1) {
      (accumulations[index] as Accumulation).record(value);
    }
  }
}
