import type { Attributes, Context, Histogram, Meter } from '@opentelemetry/api';
import { DB_SYSTEM_NAME, OTHER, POSTGRESQL } from '../semconv';
import type { Series } from '../statement';

/** Bucket edges in seconds. 0.05, 0.1, 1 and 5 are thresholds and have to be edges. */
const DURATION = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** The conventions give none for connections; finer, because a setup phase takes a millisecond. */
const CONNECTION = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];
const ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** Histograms after the database conventions (`docs/db/database-metrics.md`) and one of our own. */
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
} as const;

export type HistogramName = keyof typeof HISTOGRAMS;

/** Room above the limit for series whose summary was folded; the SDKs fold everything beyond 2000 themselves. */
const FOLDED_ROOM = 90;

/** One histogram: its series, bounded in number, and the SDK's instrument they end in. */
export class HistogramMetric {
  readonly #definition: (typeof HISTOGRAMS)[HistogramName];
  readonly #limit: number;
  readonly #series = new Map<string, Series>();
  #instrument: Histogram | undefined;

  constructor(name: HistogramName, limit: number) {
    this.#definition = HISTOGRAMS[name];
    this.#limit = limit;
  }

  /** Ends in the instrument of this meter from now on. Series that were handed out follow. */
  take(meter: Meter): void {
    const { name, unit, description, buckets } = this.#definition;
    this.#instrument = meter.createHistogram(name, {
      unit,
      description,
      advice: { explicitBucketBoundaries: [...buckets] },
    });
  }

  /**
   * The series of these attributes, the same one each time. Over the limit, that of the folded ones; and when even
   * those are too many (a process that talks to thousands of databases), one for all the rest.
   */
  series(attributes: Attributes, folded: Attributes): Series {
    return (this.#within(attributes, this.#limit) ??
      this.#within(folded, this.#limit + FOLDED_ROOM) ??
      this.#within(
        { [DB_SYSTEM_NAME]: POSTGRESQL, 'error.type': OTHER },
        Number.POSITIVE_INFINITY,
      )) as Series;
  }

  #within(attributes: Attributes, limit: number): Series | undefined {
    const key = JSON.stringify(attributes);
    let series = this.#series.get(key);
    if (series === undefined && this.#series.size < limit) {
      series = {
        record: (value: number, context: Context) => this.#instrument?.record(value, attributes, context),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}
