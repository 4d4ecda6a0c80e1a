import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { CollectMessage } from '../channels';
import { now } from '../clock';
import type { Configuration, EventLimits } from '../configuration';
import type { AcquireOperation, ConnectOperation, Operation, QueryOperation } from '../operation';
import type { Channels, Platform } from '../platform';
import type { CloseReason, PoolState } from '../pool-state';
import { StatementCache } from '../statement-cache';
import { type ManagedPoolObserver, type Telemetry, telemetry } from '../telemetry';
import { logInternalError } from '../warnings';
import { Events } from './events/events';
import type { Histograms } from './histograms/histograms';
import type { ManagedPools } from './managed-pools';
import { Metrics } from './metrics';
import { endMessage, startMessage } from './operation-messages';
import { Pools } from './pools';
import type { Providers } from './providers';
import { withTraceComment } from './sql-comment';
import { queryInfo, Tracing } from './tracing';

/**
 * Passes every operation to the observers. Span processors and metric readers of the application may throw: each observer
 * gets each end nevertheless. Otherwise the operation would be reported as running for ever.
 */
export class Reporter implements Telemetry {
  readonly statements = new StatementCache();
  readonly #configuration: Configuration;
  readonly #providers: Providers;
  readonly #ignores: ((operation: QueryOperation) => boolean) | undefined;
  readonly #channels: Channels | undefined;
  readonly #tracing: Tracing;
  readonly #metrics: Metrics;
  readonly #events: Events;
  readonly #pools: Pools;
  readonly #managed: ManagedPools | undefined;

  /** @param predecessor the previous reporter, whose pools are still observed, with the new options */
  constructor(
    configuration: Configuration,
    providers: Providers,
    histograms: Histograms,
    platform: Platform,
    predecessor?: Reporter,
  ) {
    this.#configuration = configuration;
    this.#providers = providers;
    this.#ignores = ignoring(configuration.ignore);
    this.#channels = platform.channels;
    this.#tracing = new Tracing(configuration, providers, platform);
    this.#metrics = new Metrics(histograms, configuration);
    this.#pools = predecessor === undefined ? new Pools() : predecessor.#pools;
    this.#managed = predecessor === undefined ? platform.managedPools?.(histograms) : predecessor.#managed;
    // An instrumentation that has replaced this one reports the pools.
    const pools = () => (telemetry() === this ? this.#pools.known : []);
    this.#events = new Events(configuration, providers, platform, pools);
    this.#managed?.emitThrough(this.#events);
    if (predecessor !== undefined) {
      this.#events.poolsTaken();
      predecessor.flush();
    }
    providers.onMeter = (meter) => {
      this.#metrics.take(meter);
      this.#pools.take(meter);
      this.#managed?.take(meter);
    };
    if (providers.meter !== undefined) providers.onMeter(providers.meter);
  }

  isObserved(at: number): boolean {
    try {
      this.#providers.check(at);
    } catch (error) {
      logInternalError('the check of the providers', error);
    }
    const { isTracing, isLogging } = this.#providers;
    if (isTracing || isLogging || this.#metrics.isObserved || haveSubscribers(this.#channels)) return true;
    // Without any consumer, a context may still have to be passed on: to callbacks, or as SQL comment.
    return context.active() !== ROOT_CONTEXT;
  }

  /** Emits the events that were held back by the limit of events per second. */
  flush(): void {
    this.#events.flush();
  }

  queryStarted(operation: QueryOperation): void {
    if (this.#ignores?.(operation)) return;
    operation.observe();
    try {
      this.#tracing.queryStarted(operation);
    } finally {
      this.#started(operation);
    }
  }

  queryEnded(operation: QueryOperation): void {
    // An ignored query has none.
    if (operation.observation === undefined) return;
    try {
      this.#tracing.queryEnded(operation);
    } finally {
      try {
        this.#metrics.queryEnded(operation);
      } finally {
        this.#ended(operation);
      }
    }
  }

  connectStarted(operation: ConnectOperation): void {
    try {
      this.#providers.check(operation.startedAt);
      this.#tracing.connectStarted(operation);
    } finally {
      this.#started(operation);
    }
  }

  connectEnded(operation: ConnectOperation): void {
    try {
      this.#tracing.connectEnded(operation);
    } finally {
      try {
        this.#metrics.connectEnded(operation);
      } finally {
        this.#ended(operation);
      }
    }
  }

  acquireStarted(operation: AcquireOperation): void {
    try {
      this.#providers.check(operation.startedAt);
      this.#tracing.acquireStarted(operation);
    } finally {
      this.#started(operation);
    }
  }

  acquireEnded(operation: AcquireOperation): void {
    try {
      this.#tracing.acquireEnded(operation);
    } finally {
      try {
        this.#metrics.acquireEnded(operation);
      } finally {
        this.#ended(operation);
      }
    }
  }

  connectionReleased(pool: PoolState, useSeconds: number): void {
    this.#metrics.connectionReleased(pool, useSeconds);
    if (this.#channels?.connectionRelease.hasSubscribers) {
      this.#channels.connectionRelease.publish({ poolName: pool.name, useSeconds });
    }
  }

  connectionClosed(pool: PoolState, reason: CloseReason): void {
    this.#metrics.connectionClosed(pool, reason);
    if (this.#channels?.connectionClose.hasSubscribers) {
      this.#channels.connectionClose.publish({ poolName: pool.name, reason });
    }
  }

  managedPools(): ManagedPoolObserver | undefined {
    this.#providers.check(now());
    return this.#managed;
  }

  get limits(): EventLimits {
    const { slowAfter, slowAfterOf, heldAfter, heldAfterOf, repeatInterval } = this.#configuration;
    return { slowAfter, slowAfterOf, heldAfter, heldAfterOf, repeatInterval };
  }

  get addsComments(): boolean {
    return this.#configuration.sqlComments !== false;
  }

  withComment(text: string): string | undefined {
    return withTraceComment(text, this.#configuration.sqlComments === 'prepended');
  }

  nameOf(pool: Parameters<Telemetry['nameOf']>[0]): string {
    return this.#pools.nameOf(this.#configuration, pool);
  }

  poolSeen(pool: PoolState): void {
    this.#pools.add(pool);
  }

  samplesStack(at: number): boolean {
    return this.#events.samplesStack(at);
  }

  poolEnded(pool: PoolState): void {
    this.#pools.ended(pool);
  }

  collect({ pools, running }: CollectMessage): void {
    const at = now();
    pools.push(...this.#pools.figures(at));
    running.push(...this.#events.running(at));
  }

  #started(operation: Operation): void {
    this.#events.started(operation);
    if (this.#channels?.operationStart.hasSubscribers) {
      this.#channels.operationStart.publish(startMessage(operation));
    }
  }

  #ended(operation: Operation): void {
    try {
      // The events remove the record that has the diagnosis.
      if (this.#channels?.operationEnd.hasSubscribers) {
        this.#channels.operationEnd.publish(endMessage(operation));
      }
    } finally {
      this.#events.ended(operation);
    }
  }
}

const haveSubscribers = (channels: Channels | undefined): boolean =>
  channels !== undefined &&
  (channels.operationStart.hasSubscribers ||
    channels.operationEnd.hasSubscribers ||
    channels.connectionRelease.hasSubscribers ||
    channels.connectionClose.hasSubscribers ||
    channels.event.hasSubscribers);

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
      logInternalError('ignore', error);
      return false;
    }
  };
}
