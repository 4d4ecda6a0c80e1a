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

/** Hands the histograms to one reader. */
export class HistogramProducer implements MetricProducer {
  readonly #scope: ScopeMetrics['scope'];
  readonly #streams: readonly HistogramStream[];
  readonly #exporter: TemporalitySelector | undefined;
  /** Asked at the first collection and kept, as the SDK does: what was collected before would not fit another. */
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

  /** Resolves whatever happens: a rejection would cancel the reader's export, with the metrics of everybody else. */
  async collect(): Promise<CollectionResult> {
    try {
      return result(this.#isRepeated() ? [] : this.#collect());
    } catch (error) {
      return result([], [error]);
    }
  }

  /** A reader calls all its producers at once: a producer it has twice is called twice before anything else runs. */
  #isRepeated(): boolean {
    if (this.#isCollecting) {
      warn(
        'PG_OTEL_PRODUCER_TWICE',
        'A metric producer of pg-otel was collected twice at the same moment and has told its histograms once. ' +
          'Does it stand twice in a metricProducers setting? Call metricProducer() once for each reader.',
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
