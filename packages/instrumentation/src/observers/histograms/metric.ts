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
  /** Upper edges, inclusive, in the unit. */
  readonly buckets: readonly number[];
}

/** Folded series, above the limit of the others; the SDKs fold everything beyond 2000 themselves. */
const FOLDED_LIMIT = 90;

/**
 * One histogram: its series, bounded in number, and where they end, all of them: in the SDK's instrument, or in the
 * streams to the readers that have a producer of ours.
 */
export class HistogramMetric {
  readonly #descriptor: MetricDescriptor;
  readonly #boundaries: number[];
  readonly #series = new Map<string, HistogramSeries>();
  readonly #sizes = { own: 0, folded: 0, rest: 0 };
  readonly #streams: HistogramStream[] = [];
  #instrument: Histogram | undefined;
  #hasUsedInstrument = false;
  /** Series with attributes of their own. */
  limit: number;

  constructor({ name, unit, description, buckets }: HistogramDefinition, limit: number) {
    this.#boundaries = [...buckets];
    // `type` and `advice` are in no type, but in the SDK's descriptors, which the console exporter prints whole.
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

  /** Whether a value went to an instrument of the SDK. */
  get hasUsedInstrument(): boolean {
    return this.#hasUsedInstrument;
  }

  /** Ends in the instrument of this meter from now on, or nowhere. Series that were handed out follow. */
  take(meter: Meter | undefined): void {
    const { name, unit, description } = this.#descriptor;
    const advice = { explicitBucketBoundaries: [...this.#boundaries] };
    this.#instrument = meter?.createHistogram(name, { unit, description, advice });
  }

  /** Ends in one more stream from now on, and in no instrument. Series that were handed out follow. */
  addStream(): HistogramStream {
    const stream = new HistogramStream(this.#descriptor, this.#boundaries);
    this.#streams.push(stream);
    for (const series of this.#series.values()) series.addTo(stream);
    return stream;
  }

  /** Ends in no stream from now on. Series that were handed out follow. */
  removeStreams(): void {
    this.#streams.length = 0;
    for (const series of this.#series.values()) series.removeStreams();
  }

  /**
   * The series of these attributes, the same one each time. Over the limit, that of the folded ones; and when even
   * those are too many (a process that talks to thousands of databases), one for all the rest.
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
    // As the SDK's instrument, which takes neither NaN nor what is below zero.
    if (!(value >= 0)) return;
    for (let index = 0; index < accumulations.length; index += 1) {
      (accumulations[index] as Accumulation).record(value);
    }
  }
}
