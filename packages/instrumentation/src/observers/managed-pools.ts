import {
  type Attributes,
  type BatchObservableResult,
  type Counter,
  type Meter,
  type ObservableGauge,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import type {
  PoolHealthCheckMessage,
  PoolHealthMessage,
  PoolIdentity,
  PoolRecoveryMessage,
  PoolResizeMessage,
  RetryMessage,
} from '../channels';
import {
  ERROR_TYPE,
  EVENT_RETRY,
  RESIZE_REASON,
  RETRY_ATTEMPT,
  RETRY_DELAY,
  RETRY_OUTCOME,
} from '../semconv';
import type { ManagedPoolObserver } from '../telemetry';
import type { Events } from './events/events';
import { healthEvent, resizeEvent } from './events/managed-pool-events';
import type { Histograms } from './histograms/histograms';
import { identityAttributes, identityTarget } from './identity-attributes';

/** The last values of one managed pool. */
interface ManagedPool {
  readonly attributes: Attributes;
  readonly health: number | undefined;
  readonly advisedLimit: number | undefined;
}

/** The maximum number of pools that are no longer managed and whose last values were not yet collected. */
const MAX_GONE = 1000;

/** Records the metrics and emits the events of pools that `@pg-otel/pool` manages. */
export class ManagedPools implements ManagedPoolObserver {
  readonly #histograms: Histograms;
  readonly #pools = new Map<string, ManagedPool>();
  /** Pools that are no longer managed. Without last values, metric readers would keep the previous ones forever. */
  readonly #gone: ManagedPool[] = [];
  #events: Events | undefined;
  #resizes: Counter | undefined;
  #attempts: Counter | undefined;
  #release: (() => void) | undefined;

  constructor(histograms: Histograms) {
    this.#histograms = histograms;
  }

  /** Records into the instruments of this meter from now on, and no longer into those of the previous meter. */
  take(meter: Meter): void {
    this.#release?.();
    this.#resizes = meter.createCounter('pg_otel.pool.resizes', {
      unit: '{resize}',
      description: 'Limits of a pool that its manager has changed or advised, by reason.',
    });
    this.#attempts = meter.createCounter('pg_otel.retry.attempts', {
      unit: '{attempt}',
      description: 'Attempts that failed and may be repeated, and repeated attempts that succeeded.',
    });
    const health = meter.createObservableGauge('pg_otel.connection.health', {
      description:
        'Whether the database answers a managed pool: 1, or 0 when all checks and connections fail.',
    });
    const advisedLimit = meter.createObservableGauge('pg_otel.pool.advised_limit', {
      unit: '{connection}',
      description: 'The limit of connections that the manager of a pool has chosen last.',
    });
    const observables = [health, advisedLimit];
    const callback = (result: BatchObservableResult): void => this.#observe(result, health, advisedLimit);
    meter.addBatchObservableCallback(callback, observables);
    this.#release = () => meter.removeBatchObservableCallback(callback, observables);
  }

  emitThrough(events: Events): void {
    this.#events = events;
  }

  healthChecked(message: PoolHealthCheckMessage): void {
    const failure = message.errorType === undefined ? undefined : { [ERROR_TYPE]: message.errorType };
    this.#histograms.healthCheckDuration
      .series(
        { ...identityAttributes(message), ...failure },
        { ...identityTarget(message).attributes, ...failure },
      )
      .record(message.durationSeconds, ROOT_CONTEXT);
  }

  healthChanged(message: PoolHealthMessage): void {
    const { state } = message;
    if (state === undefined) this.#forget(message);
    else this.#change(message, { health: state === 'down' ? 0 : 1 });
    const event = healthEvent(message);
    if (event !== undefined) this.#events?.managedPoolChanged('health', event);
  }

  recovered(message: PoolRecoveryMessage): void {
    this.#histograms.recoveryDuration
      .series(identityAttributes(message), identityTarget(message).attributes)
      .record(message.durationSeconds, ROOT_CONTEXT);
  }

  resized(message: PoolResizeMessage): void {
    this.#change(message, { advisedLimit: message.to });
    this.#resizes?.add(1, { ...identityAttributes(message), [RESIZE_REASON]: message.reason });
    this.#events?.managedPoolChanged('size', resizeEvent(message));
  }

  /** The span of the caller shows each attempt of its work. */
  retried({ attempt, errorType, outcome, delaySeconds, ...identity }: RetryMessage): void {
    const result = { ...(errorType !== undefined && { [ERROR_TYPE]: errorType }), [RETRY_OUTCOME]: outcome };
    this.#attempts?.add(1, { ...identityAttributes(identity), ...result });
    trace.getActiveSpan()?.addEvent(EVENT_RETRY, {
      [RETRY_ATTEMPT]: attempt,
      ...result,
      ...(delaySeconds !== undefined && { [RETRY_DELAY]: delaySeconds }),
    });
  }

  #change(identity: PoolIdentity, change: Partial<ManagedPool>): void {
    const attributes = identityAttributes(identity);
    const key = JSON.stringify(attributes);
    const { health, advisedLimit } = this.#pools.get(key) ?? {};
    this.#pools.set(key, { attributes, health, advisedLimit, ...change });
  }

  #forget(identity: PoolIdentity): void {
    const key = JSON.stringify(identityAttributes(identity));
    const pool = this.#pools.get(key);
    this.#pools.delete(key);
    if (pool !== undefined && this.#gone.length < MAX_GONE) this.#gone.push(pool);
  }

  /** Pools that are gone come first, because a new pool may have the same name. A pool that is gone is not unhealthy. */
  #observe(result: BatchObservableResult, health: ObservableGauge, advisedLimit: ObservableGauge): void {
    const gone = this.#gone.splice(0).map((pool) => ({
      attributes: pool.attributes,
      health: pool.health === undefined ? undefined : 1,
      advisedLimit: pool.advisedLimit === undefined ? undefined : 0,
    }));
    for (const pool of [...gone, ...this.#pools.values()]) {
      if (pool.health !== undefined) result.observe(health, pool.health, pool.attributes);
      if (pool.advisedLimit !== undefined) result.observe(advisedLimit, pool.advisedLimit, pool.attributes);
    }
  }
}
