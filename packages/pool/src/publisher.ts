import { channel } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type PoolHealthCheckMessage,
  type PoolHealthMessage,
  type PoolIdentity,
  type PoolManagedMessage,
  type PoolRecoveryMessage,
  type PoolResizeMessage,
  type RetryMessage,
} from '@pg-otel/instrumentation/channels';
import { poolIdentity } from '@pg-otel/instrumentation/pools';
import type { PgPool } from './pg-pool';
import { type Server, serverOf } from './server';

const channels = {
  poolManaged: channel(CHANNELS.poolManaged),
  poolHealthCheck: channel(CHANNELS.poolHealthCheck),
  poolHealth: channel(CHANNELS.poolHealth),
  poolRecovery: channel(CHANNELS.poolRecovery),
  poolResize: channel(CHANNELS.poolResize),
  retry: channel(CHANNELS.retry),
} as const;

/** What is published of a change of health, without the pool. */
export type HealthChange = Omit<PoolHealthMessage, keyof PoolIdentity>;

/** Publishes what happens to one managed pool. It does not keep the pool alive. */
export class Publisher {
  readonly #pool: WeakRef<PgPool>;
  readonly #name: string | undefined;
  readonly #managed: Omit<PoolManagedMessage, keyof PoolIdentity>;
  /** The identity under which the pool was announced, and its last messages of which must match. */
  #identity: PoolIdentity | undefined;
  #lastHealth: HealthChange | undefined;

  /** @param name the name that the application gave, if any */
  constructor(pool: PgPool, name: string | undefined, managed: Omit<PoolManagedMessage, keyof PoolIdentity>) {
    this.#pool = new WeakRef(pool);
    this.#name = name;
    this.#managed = managed;
  }

  healthCheck(message: Omit<PoolHealthCheckMessage, keyof PoolIdentity>): void {
    this.#publish('poolHealthCheck', message);
  }

  health(message: HealthChange): void {
    this.#lastHealth = message;
    this.#publish('poolHealth', message);
  }

  recovery(message: Omit<PoolRecoveryMessage, keyof PoolIdentity>): void {
    this.#publish('poolRecovery', message);
  }

  resize(message: Omit<PoolResizeMessage, keyof PoolIdentity>): void {
    this.#publish('poolResize', message);
  }

  retry(message: Omit<RetryMessage, keyof PoolIdentity>): void {
    this.#publish('retry', message);
  }

  /** The pool is no longer managed, or was garbage-collected. */
  ended(): void {
    if (this.#lastHealth === undefined || this.#lastHealth.state === undefined) return;
    const { state, consecutiveFailures, errorType, since } = this.#lastHealth;
    this.health({ state: undefined, previous: state, since, consecutiveFailures, errorType });
  }

  #publish(name: keyof typeof channels, message: object): void {
    const identity = this.#identify();
    if (identity !== undefined && channels[name].hasSubscribers) {
      channels[name].publish({ ...identity, ...message });
    }
  }

  /** The instrumentation knows the name of a pool from its first connection on. Without it, the database is the name. */
  #identify(): PoolIdentity | undefined {
    if (this.#identity !== undefined) return this.#identity;
    const pool = this.#pool.deref();
    if (pool === undefined) return undefined;
    const identity = poolIdentity(pool) ?? identityOf(serverOf(pool));
    this.#identity = this.#name === undefined ? identity : { ...identity, poolName: this.#name };
    if (channels.poolManaged.hasSubscribers) {
      channels.poolManaged.publish({ ...this.#identity, ...this.#managed });
    }
    return this.#identity;
  }
}

function identityOf({ address, port, namespace }: Server): PoolIdentity {
  const endpoint = port === undefined ? address : `${address}:${port}`;
  return {
    poolName: namespace ?? endpoint,
    serverAddress: address,
    serverPort: port,
    namespace,
  };
}
