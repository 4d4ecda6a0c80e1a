import { type Meter, type MeterProvider, metrics, type Tracer } from '@opentelemetry/api';
import type { Configuration } from '../configuration';
import type { AcquireOperation, ConnectOperation, Operation, QueryOperation } from '../operation';
import type { CloseReason, PoolState } from '../pool-state';
import { StatementCache } from '../statement';
import type { Telemetry } from '../telemetry';
import { ownFailure } from '../warnings';
import { publishClose, publishEnd, publishRelease, publishStart } from './channel';
import { type EventLogger, Events } from './events';
import { Metrics } from './metrics';
import { poolName } from './pool-names';
import { Pools } from './pools';
import { withTraceComment } from './sql-comment';
import { queryInfo, Tracing } from './tracing';

/** Milliseconds between two looks at whether the application has set another meter provider. */
const PROVIDER_CHECK_MILLISECONDS = 100;

/** Where signals go, as the instrumentation knows it. */
export interface Providers {
  tracer(): Tracer;
  logger(): EventLogger;
  meterOf(provider: MeterProvider): Meter;
}

/** Hands every operation to the observers. */
export class Reporter implements Telemetry {
  readonly statements = new StatementCache();
  readonly #configuration: Configuration;
  readonly #providers: Providers;
  readonly #ignores: ((operation: QueryOperation) => boolean) | undefined;
  readonly #tracing: Tracing;
  readonly #metrics: Metrics;
  readonly #events: Events;
  readonly #pools: Pools;
  #provider: MeterProvider | undefined;
  #isProviderPinned = false;
  #providerCheckedAt = Number.NEGATIVE_INFINITY;

  constructor(configuration: Configuration, providers: Providers) {
    this.#configuration = configuration;
    this.#providers = providers;
    this.#ignores = ignoring(configuration.ignore);
    this.#tracing = new Tracing(configuration, () => providers.tracer());
    this.#metrics = new Metrics(configuration.summaryLimit);
    this.#events = new Events(() => providers.logger(), configuration.exceptionMessages);
    this.#pools = new Pools((pool) => this.#events.held(pool));
  }

  /**
   * Metrics go to this provider. One that is not the global one was chosen on purpose and stays; otherwise the
   * global one is followed, because it may be set after us, and meters have no proxy in the API.
   */
  useMeterProvider(provider: MeterProvider): void {
    this.#isProviderPinned = provider !== metrics.getMeterProvider();
    this.#takeInstruments(provider);
  }

  queryStarted(operation: QueryOperation): void {
    this.#followProvider(operation);
    if (this.#ignores?.(operation)) {
      operation.isIgnored = true;
      return;
    }
    this.#tracing.queryStarted(operation);
    publishStart(operation);
  }

  queryEnded(operation: QueryOperation): void {
    if (operation.isIgnored) return;
    this.#tracing.queryEnded(operation);
    this.#metrics.queryEnded(operation);
    this.#ended(operation);
  }

  connectStarted(operation: ConnectOperation): void {
    this.#followProvider(operation);
    this.#tracing.connectStarted(operation);
    publishStart(operation);
  }

  connectEnded(operation: ConnectOperation): void {
    this.#tracing.connectEnded(operation);
    this.#metrics.connectEnded(operation);
    this.#ended(operation);
  }

  acquireStarted(operation: AcquireOperation): void {
    this.#followProvider(operation);
    this.#tracing.acquireStarted(operation);
    publishStart(operation);
  }

  acquireEnded(operation: AcquireOperation): void {
    this.#tracing.acquireEnded(operation);
    this.#metrics.acquireEnded(operation);
    this.#ended(operation);
  }

  connectionReleased(pool: PoolState, useSeconds: number): void {
    this.#metrics.connectionReleased(pool, useSeconds);
    publishRelease(pool, useSeconds);
  }

  connectionClosed(pool: PoolState, reason: CloseReason): void {
    this.#metrics.connectionClosed(pool, reason);
    publishClose(pool, reason);
  }

  get addsComments(): boolean {
    return this.#configuration.sqlComments;
  }

  withComment(text: string): string | undefined {
    return withTraceComment(text);
  }

  nameOf(pool: Parameters<Telemetry['nameOf']>[0]): string {
    return poolName(this.#configuration, pool, this.#pools.live());
  }

  poolSeen(pool: PoolState): void {
    this.#pools.add(pool);
  }

  #ended(operation: Operation): void {
    this.#events.failed(operation);
    publishEnd(operation);
  }

  #followProvider({ startedAt }: Operation): void {
    if (startedAt - this.#providerCheckedAt < PROVIDER_CHECK_MILLISECONDS) return;
    this.#providerCheckedAt = startedAt;
    if (this.#isProviderPinned) return;
    const provider = metrics.getMeterProvider();
    if (provider !== this.#provider) this.#takeInstruments(provider);
  }

  #takeInstruments(provider: MeterProvider): void {
    this.#provider = provider;
    const meter = this.#providers.meterOf(provider);
    this.#metrics.take(meter);
    this.#pools.take(meter);
  }
}

function ignoring(ignore: Configuration['ignore']): ((operation: QueryOperation) => boolean) | undefined {
  if (typeof ignore !== 'function') {
    if (ignore.length === 0) return undefined;
    const summaries = new Set(ignore);
    return ({ prepared }) => summaries.has(prepared.statement.summary);
  }
  return (operation) => {
    try {
      return ignore(queryInfo(operation)) === true;
    } catch (error) {
      ownFailure('ignore', error);
      return false;
    }
  };
}
