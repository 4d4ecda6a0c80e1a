import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { HistogramMetric } from './metric';
import type { MetricProducer, ScopeMetrics, TemporalitySelector } from './metric-data';
import { HistogramProducer } from './producer';

/** Bucket boundaries in seconds. They include the default thresholds 0.05, 0.1, 1 and 5. */
const DURATION = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/**
 * Bucket boundaries for connections in seconds, for which the conventions define none. A setup phase takes about 1 ms.
 */
const CONNECTION = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
/** Bucket boundaries for the recovery from an outage in seconds. */
const RECOVERY = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/**
 * The most series of a connection metric. The number of series depends on the number of pools, which is usually small.
 */
const CONNECTION_SERIES = 1800;

/** The histograms of the database conventions (`docs/db/database-metrics.md`), and those of pg-otel. */
const HISTOGRAMS = {
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
  healthCheckDuration: {
    name: 'pg_otel.connection.health_check.duration',
    unit: 's',
    buckets: CONNECTION,
    description: 'Duration of one health check of a connection of a managed pool.',
  },
  recoveryDuration: {
    name: 'pg_otel.connection.recovery.duration',
    unit: 's',
    buckets: RECOVERY,
    description: 'Time from the first failure of an outage until a managed pool has connections again.',
  },
} as const;

/**
 * The histograms of one instrumentation. They are kept when its options change, because backends treat a cumulative total
 * that returns to zero as a restart of the process.
 */
export class Histograms {
  readonly operationDuration = new HistogramMetric(HISTOGRAMS.operationDuration, 0);
  readonly returnedRows = new HistogramMetric(HISTOGRAMS.returnedRows, 0);
  readonly createTime = new HistogramMetric(HISTOGRAMS.createTime, CONNECTION_SERIES);
  readonly waitTime = new HistogramMetric(HISTOGRAMS.waitTime, CONNECTION_SERIES);
  readonly useTime = new HistogramMetric(HISTOGRAMS.useTime, CONNECTION_SERIES);
  readonly setupDuration = new HistogramMetric(HISTOGRAMS.setupDuration, CONNECTION_SERIES);
  readonly healthCheckDuration = new HistogramMetric(HISTOGRAMS.healthCheckDuration, CONNECTION_SERIES);
  readonly recoveryDuration = new HistogramMetric(HISTOGRAMS.recoveryDuration, CONNECTION_SERIES);
  readonly #scope: ScopeMetrics['scope'];
  #hasProducers = false;
  #isObserved = false;
  #meter: Meter | undefined;

  constructor(scope: ScopeMetrics['scope']) {
    this.#scope = scope;
  }

  /** Whether anything consumes the values; without an SDK nothing does. */
  get isObserved(): boolean {
    return this.#isObserved;
  }

  /** Whether values go to metric producers instead of the SDK's instruments. */
  get hasProducers(): boolean {
    return this.#hasProducers;
  }

  /** Records into the instruments of this meter from now on, unless there are metric producers. */
  useMeter(meter: Meter): void {
    this.#meter = meter;
    if (this.#hasProducers) return;
    this.#isObserved = meter !== createNoopMeter();
    for (const metric of this.#all()) metric.useMeter(this.#isObserved ? meter : undefined);
  }

  /** Limits the number of series per metric that have their own query summary. */
  limitSummaries(limit: number): void {
    this.operationDuration.limit = limit;
    this.returnedRows.limit = limit;
  }

  /**
   * Creates a metric producer for one reader. From now on, values go to producers only.
   *
   * @throws Error when the SDK's instruments have recorded values, which would then be exported twice
   */
  metricProducer(exporter: TemporalitySelector | undefined): MetricProducer {
    if (this.#all().some(({ hasUsedInstrument }) => hasUsedInstrument)) {
      throw new Error(
        'metricProducer() was called after the instruments of the SDK had recorded histograms, which would be exported ' +
          'twice. Call it where the metric reader is created, before the first query and connection.',
      );
    }
    this.#hasProducers = true;
    this.#isObserved = true;
    const streams = this.#all().map((metric) => metric.addStream());
    return new HistogramProducer(this.#scope, streams, exporter);
  }

  /** Records into the instruments of the meter from now on. Producers still provide the values recorded before. */
  endMetricProducers(): void {
    this.#hasProducers = false;
    this.#isObserved = false;
    for (const metric of this.#all()) metric.removeStreams();
    if (this.#meter !== undefined) this.useMeter(this.#meter);
  }

  #all(): HistogramMetric[] {
    return [
      this.operationDuration,
      this.returnedRows,
      this.createTime,
      this.waitTime,
      this.useTime,
      this.setupDuration,
      this.healthCheckDuration,
      this.recoveryDuration,
    ];
  }
}
