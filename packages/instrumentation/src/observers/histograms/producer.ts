import { warn } from '../../warnings';
import {
  type AggregationTemporality,
  type CollectionResult,
  CUMULATIVE,
  DELTA,
  HISTOGRAM,
  hrTime,
  type MetricProducer,
  type ScopeMetrics,
  type TemporalitySelector,
} from './metric-data';
import type { HistogramStream } from './stream';

/** Provides the histograms to one metric reader. */
export class HistogramProducer implements MetricProducer {
  readonly #scope: ScopeMetrics['scope'];
  readonly #streams: readonly HistogramStream[];
  readonly #exporter: TemporalitySelector | undefined;
  /** Selected at the first collection and then kept, as in the SDK. */
  #temporality: AggregationTemporality | undefined;
  #isCollecting = false;

  constructor(
    scope: ScopeMetrics['scope'],
    streams: readonly HistogramStream[],
    exporter: TemporalitySelector | undefined,
  ) {
    this.#scope = scope;
    this.#streams = streams;
    this.#exporter = exporter;
  }

  /** Always resolves: a rejection would cancel the reader's export, including all other metrics. */
  async collect(): Promise<CollectionResult> {
    try {
      return result(this.#isRepeated() ? [] : this.#collect());
    } catch (error) {
      return result([], [error]);
    }
  }

  /** Whether the reader has this producer twice. A reader calls all its producers synchronously. */
  #isRepeated(): boolean {
    if (this.#isCollecting) {
      warn(
        'PG_OTEL_PRODUCER_TWICE',
        'A metric producer of pg-otel was collected twice at the same moment; its histograms were exported once. ' +
          'It may be twice in a metricProducers option. Call metricProducer() once for each metric reader.',
      );
      return true;
    }
    this.#isCollecting = true;
    void Promise.resolve().then(() => {
      this.#isCollecting = false;
    });
    return false;
  }

  #collect(): ScopeMetrics[] {
    this.#temporality ??= this.#selectTemporality();
    const temporality = this.#temporality;
    const endTime = hrTime(Date.now());
    const metrics = this.#streams.flatMap((stream) => stream.collect(temporality, endTime) ?? []);
    return metrics.length === 0 ? [] : [{ scope: this.#scope, metrics }];
  }

  #selectTemporality(): AggregationTemporality {
    return this.#exporter?.selectAggregationTemporality?.(HISTOGRAM) === DELTA ? DELTA : CUMULATIVE;
  }
}

function result(scopeMetrics: ScopeMetrics[], errors: unknown[] = []): CollectionResult {
  return { resourceMetrics: { resource: undefined as never, scopeMetrics }, errors };
}
