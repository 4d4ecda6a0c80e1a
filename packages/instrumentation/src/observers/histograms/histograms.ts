import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { HistogramMetric } from './metric';
import type { MetricProducer, ScopeMetrics, TemporalitySelector } from './metric-data';
import { HistogramProducer } from './producer';

/** Bucket edges in seconds. 0.05, 0.1, 1 and 5 are thresholds and have to be edges. */
const DURATION = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** The conventions give none for connections; finer, because a setup phase takes a millisecond. */
const CONNECTION = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** Series of the connection metrics of one pool: bounded by the number of pools, which is small. */
const CONNECTION_SERIES = 1800;

/** Histograms after the database conventions (`docs/db/database-metrics.md`) and one of our own. */
export const HISTOGRAMS = {
  operationDuration: {
    name: 'db.client.operation.duration',
    unit: 's',
    buckets: DURATION,
    description: 'Duration of database client operations.',
  },
  returnedRows: {
    name: 'db.client.response.returned_rows',
    unit: '{row}',
    buckets: ROWS,
    description: 'The actual number of records returned by the database operation.',
  },
  createTime: {
    name: 'db.client.connection.create_time',
    unit: 's',
    buckets: CONNECTION,
    description: 'The time it took to create a new connection.',
  },
  waitTime: {
    name: 'db.client.connection.wait_time',
    unit: 's',
    buckets: CONNECTION,
    description: 'The time it took to obtain an open connection from the pool.',
  },
  useTime: {
    name: 'db.client.connection.use_time',
    unit: 's',
    buckets: CONNECTION,
    description: 'The time between borrowing a connection and returning it to the pool.',
  },
  setupDuration: {
    name: 'pg_otel.connection.setup.duration',
    unit: 's',
    buckets: CONNECTION,
    description: 'Duration of one phase of setting up a connection.',
  },
} as const;

/**
 * The histograms of one instrumentation. They outlive its options: a cumulative total that starts anew is a reset to
 * whoever reads it.
 */
export class Histograms {
  readonly operationDuration = new HistogramMetric(HISTOGRAMS.operationDuration, 0);
  readonly returnedRows = new HistogramMetric(HISTOGRAMS.returnedRows, 0);
  readonly createTime = new HistogramMetric(HISTOGRAMS.createTime, CONNECTION_SERIES);
  readonly waitTime = new HistogramMetric(HISTOGRAMS.waitTime, CONNECTION_SERIES);
  readonly useTime = new HistogramMetric(HISTOGRAMS.useTime, CONNECTION_SERIES);
  readonly setupDuration = new HistogramMetric(HISTOGRAMS.setupDuration, CONNECTION_SERIES);
  readonly #scope: ScopeMetrics['scope'];
  #hasProducers = false;
  #isObserved = false;
  #meter: Meter | undefined;

  constructor(scope: ScopeMetrics['scope']) {
    this.#scope = scope;
  }

  /** Whether anything of this comes anywhere: without an SDK nothing does. */
  get isObserved(): boolean {
    return this.#isObserved;
  }

  /** Whether readers have producers of ours; otherwise values go to the SDK's instruments. */
  get hasProducers(): boolean {
    return this.#hasProducers;
  }

  /** Ends in the instruments of this meter from now on, unless readers have producers. */
  take(meter: Meter): void {
    this.#meter = meter;
    if (this.#hasProducers) return;
    this.#isObserved = meter !== createNoopMeter();
    for (const metric of this.#all()) metric.take(this.#isObserved ? meter : undefined);
  }

  /** Series of a metric with a summary of their own. */
  limitSummaries(limit: number): void {
    this.operationDuration.limit = limit;
    this.returnedRows.limit = limit;
  }

  /** @throws Error when values went to the SDK's instruments: in both ends they would be reported twice */
  metricProducer(exporter: TemporalitySelector | undefined): MetricProducer {
    if (this.#all().some(({ hasUsedInstrument }) => hasUsedInstrument)) {
      throw new Error(
        'metricProducer() was called when histograms had been recorded with the instruments of the SDK, and they can ' +
          'have one end only. Call it where the metric reader is made, before the first query and connection.',
      );
    }
    this.#hasProducers = true;
    this.#isObserved = true;
    const streams = this.#all().map((metric) => metric.addStream());
    return new HistogramProducer(this.#scope, streams, exporter);
  }

  /** Ends in the instruments of the meter from now on. Producers still hand over what was recorded before. */
  endMetricProducers(): void {
    this.#hasProducers = false;
    this.#isObserved = false;
    for (const metric of this.#all()) metric.removeStreams();
    if (this.#meter !== undefined) this.take(this.#meter);
  }

  #all(): HistogramMetric[] {
    const { operationDuration, returnedRows, createTime, waitTime, useTime, setupDuration } = this;
    return [operationDuration, returnedRows, createTime, waitTime, useTime, setupDuration];
  }
}
