import { type Attributes, type Counter, type Meter, ROOT_CONTEXT } from '@opentelemetry/api';
import { seconds } from '../clock';
import type { Configuration } from '../configuration';
import type { ErrorClass } from '../error-class';
import type { AcquireOperation, ConnectOperation, QueryOperation } from '../operation';
import type { CloseReason, PoolSeries, PoolState } from '../pool-state';
import {
  CLOSE_REASON,
  CONNECTION_PHASE,
  DB_QUERY_SUMMARY,
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  NETWORK_TRANSPORT,
  OTHER,
} from '../semconv';
import type { PreparedStatement, Series } from '../statement';
import type { Target } from '../target';
import { connectionAttributes } from './connection-attributes';
import type { Histograms } from './histograms/histograms';
import type { HistogramMetric } from './histograms/metric';

/** Records histograms and counters of all operations, sampled or not. */
export class Metrics {
  readonly #histograms: Histograms;
  readonly #summaryLimit: number;
  readonly #rowsMetric: Configuration['returnedRowsMetric'];
  #timeouts: Counter | undefined;
  #closed: Counter | undefined;

  constructor(
    histograms: Histograms,
    { summaryLimit, returnedRowsMetric }: Pick<Configuration, 'summaryLimit' | 'returnedRowsMetric'>,
  ) {
    this.#histograms = histograms;
    this.#summaryLimit = summaryLimit;
    this.#rowsMetric = returnedRowsMetric;
    histograms.limitSummaries(summaryLimit);
  }

  take(meter: Meter): void {
    this.#histograms.useMeter(meter);
    this.#timeouts = meter.createCounter('db.client.connection.timeouts', {
      unit: '{timeout}',
      description:
        'The number of connection timeouts that have occurred trying to obtain a connection from the pool.',
    });
    this.#closed = meter.createCounter('pg_otel.connection.closed', {
      unit: '{connection}',
      description: 'Connections a pool has closed, by reason.',
    });
  }

  get isObserved(): boolean {
    return this.#histograms.isObserved;
  }

  queryEnded(operation: QueryOperation): void {
    if (!this.isObserved) return;
    const { prepared, context } = operation;
    if (!operation.isTracedElsewhere) this.#recordDuration(operation);
    if (this.#recordsRows() && operation.failure === undefined && operation.returnedRows !== undefined) {
      prepared.rowsSeries ??= this.#rowsSeries(prepared);
      prepared.rowsSeries.record(operation.returnedRows, context);
    }
  }

  #recordsRows(): boolean {
    return this.#rowsMetric === 'always' || (this.#rowsMetric === 'auto' && this.#histograms.hasProducers);
  }

  #recordDuration(operation: QueryOperation): void {
    const { prepared, context, countedSeconds, failure } = operation;
    if (failure !== undefined) {
      this.#durationSeries(prepared, operation.summary, failure).record(countedSeconds, context);
      return;
    }
    prepared.durationSeries ??= this.#durationSeries(prepared, prepared.statement.summary, undefined);
    prepared.durationSeries.record(countedSeconds, context);
  }

  connectEnded(operation: ConnectOperation): void {
    const { target, pool, context } = operation;
    const failure = operation.failure && errorAttributes(operation.failure);
    connectionSeries(this.#histograms.createTime, target, pool, failure).record(
      operation.durationSeconds,
      context,
    );

    const transport = operation.target.isUnixSocket ? 'unix' : 'tcp';
    for (const [index, step] of operation.steps.entries()) {
      const isFailed = failure !== undefined && index === operation.steps.length - 1;
      const ofPhase = {
        [CONNECTION_PHASE]: step.phase,
        [NETWORK_TRANSPORT]: transport,
        ...(isFailed ? failure : undefined),
      };
      const duration = seconds(step.endedAt - step.startedAt);
      connectionSeries(this.#histograms.setupDuration, target, pool, ofPhase).record(duration, context);
    }
  }

  acquireEnded(operation: AcquireOperation): void {
    const { pool, failure } = operation;
    if (failure === undefined) {
      const series = this.#seriesOf(pool);
      series.waitTime ??= connectionSeries(this.#histograms.waitTime, pool.target, pool);
      series.waitTime.record(operation.durationSeconds, operation.context);
      return;
    }
    const series = connectionSeries(this.#histograms.waitTime, pool.target, pool, errorAttributes(failure));
    series.record(operation.durationSeconds, operation.context);
    if (failure.type === 'timeout') this.#timeouts?.add(1, connectionAttributes(pool.target, pool));
  }

  connectionReleased(pool: PoolState, useSeconds: number): void {
    const series = this.#seriesOf(pool);
    series.useTime ??= connectionSeries(this.#histograms.useTime, pool.target, pool);
    series.useTime.record(useSeconds, ROOT_CONTEXT);
  }

  connectionClosed(pool: PoolState, reason: CloseReason): void {
    this.#closed?.add(1, { ...connectionAttributes(pool.target, pool), [CLOSE_REASON]: reason });
  }

  #seriesOf(pool: PoolState): PoolSeries {
    const { series } = pool;
    if (series?.of === this) return series;
    const own = { of: this, waitTime: undefined, useTime: undefined };
    pool.series = own;
    return own;
  }

  #durationSeries({ target }: PreparedStatement, summary: string, failure: ErrorClass | undefined): Series {
    const failed = failure === undefined ? undefined : errorAttributes(failure);
    return this.#histograms.operationDuration.series(
      { ...target.attributes, ...this.#summaryAttribute(summary), ...failed },
      { ...target.attributes, [DB_QUERY_SUMMARY]: OTHER, ...failed },
    );
  }

  #rowsSeries(prepared: PreparedStatement): Series {
    const { target } = prepared;
    return this.#histograms.returnedRows.series(
      { ...target.attributes, ...this.#summaryAttribute(prepared.statement.summary) },
      { ...target.attributes, [DB_QUERY_SUMMARY]: OTHER },
    );
  }

  #summaryAttribute(summary: string): Attributes | undefined {
    if (summary === '') return undefined;
    return { [DB_QUERY_SUMMARY]: this.#summaryLimit === 0 ? OTHER : summary };
  }
}

/** Above the limit of series, all pools of a target share one series. */
function connectionSeries(
  histogram: HistogramMetric,
  target: Target,
  pool: PoolState | undefined,
  more?: Attributes,
): Series {
  return histogram.series(
    { ...connectionAttributes(target, pool), ...more },
    { ...target.attributes, ...more },
  );
}

function errorAttributes({ type, sqlState }: ErrorClass): Attributes {
  return sqlState === undefined
    ? { [ERROR_TYPE]: type }
    : { [ERROR_TYPE]: type, [DB_RESPONSE_STATUS_CODE]: sqlState };
}
