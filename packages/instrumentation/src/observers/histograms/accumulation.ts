import type { Attributes } from '@opentelemetry/api';
import type { HistogramValue } from './metric-data';

/** The values of one series that one reader has not collected yet. `record` is called for each query. */
export class Accumulation {
  readonly attributes: Attributes;
  readonly #boundaries: number[];
  readonly #onFirstValue: (accumulation: Accumulation) => void;
  #counts: number[];
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** When the first value since the last collection was recorded, in milliseconds since 1970. */
  startedAt = 0;

  /** @param onFirstValue called at the first value since the last collection */
  constructor(
    attributes: Attributes,
    boundaries: number[],
    onFirstValue: (accumulation: Accumulation) => void,
  ) {
    this.attributes = attributes;
    this.#boundaries = boundaries;
    this.#onFirstValue = onFirstValue;
    this.#counts = empty(boundaries);
  }

  record(value: number): void {
    if (this.#count === 0) {
      this.startedAt = Date.now();
      this.#onFirstValue(this);
    }
    const boundaries = this.#boundaries;
    let bucket = 0;
    while (bucket < boundaries.length && (boundaries[bucket] as number) < value) bucket += 1;
    (this.#counts[bucket] as number) += 1;
    this.#count += 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Returns the values since the last call, and resets them to zero. The result is never changed later. */
  take(): HistogramValue {
    const taken = {
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      buckets: { boundaries: this.#boundaries, counts: this.#counts },
      count: this.#count,
    };
    this.#counts = empty(this.#boundaries);
    this.#count = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    return taken;
  }
}

function empty(boundaries: readonly number[]): number[] {
  return new Array<number>(boundaries.length + 1).fill(0);
}

/**
 * Adds two values in the same order as the SDK, so that rounding is the same. Both stay unchanged, because exporters
 * keep them.
 */
export function merge(previous: HistogramValue, next: HistogramValue): HistogramValue {
  const { boundaries, counts } = previous.buckets;
  return {
    min: Math.min(previous.min, next.min),
    max: Math.max(previous.max, next.max),
    sum: previous.sum + next.sum,
    buckets: {
      boundaries,
      counts: counts.map((count, bucket) => count + (next.buckets.counts[bucket] as number)),
    },
    count: previous.count + next.count,
  };
}
