import type { PoolSettings } from './pool-settings';

/** The environment that a pool is planned for. */
export type Environment = 'production' | 'staging' | 'development' | 'test' | 'serverless';

/** Accepted values of `NODE_ENV`. */
export const NODE_ENVIRONMENTS = ['production', 'staging', 'development', 'test'] as const;

export const ENVIRONMENTS: readonly Environment[] = [...NODE_ENVIRONMENTS, 'serverless'];

interface EnvironmentDefaults {
  /** The range of `max`. If both ends are the same, `max` is fixed. */
  readonly leastConnections: number;
  readonly mostConnections: number;
  readonly settings: Omit<PoolSettings, 'max'>;
}

const SERVED = {
  idleTimeoutMillis: 60_000,
  connectionTimeoutMillis: 2_000,
  maxLifetimeSeconds: 1_800,
  // Above the 5 s at which a query counts as critical: the event is emitted before the query is cancelled.
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 60_000,
  keepAlive: true,
  allowExitOnIdle: false,
} as const;

export const DEFAULTS: Readonly<Record<Environment, EnvironmentDefaults>> = {
  production: { leastConnections: 10, mostConnections: 30, settings: { min: 2, ...SERVED } },
  staging: { leastConnections: 15, mostConnections: 15, settings: { min: 0, ...SERVED } },
  development: {
    leastConnections: 5,
    mostConnections: 5,
    settings: {
      min: 0,
      idleTimeoutMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      maxLifetimeSeconds: 0,
      // A debugger may stop in a transaction for minutes.
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      keepAlive: true,
      allowExitOnIdle: true,
    },
  },
  test: {
    leastConnections: 2,
    mostConnections: 2,
    settings: {
      min: 0,
      idleTimeoutMillis: 1_000,
      connectionTimeoutMillis: 5_000,
      maxLifetimeSeconds: 0,
      statement_timeout: 10_000,
      idle_in_transaction_session_timeout: 0,
      allowExitOnIdle: true,
    },
  },
  serverless: {
    leastConnections: 1,
    mostConnections: 3,
    settings: {
      min: 0,
      idleTimeoutMillis: 5_000,
      connectionTimeoutMillis: 2_000,
      maxLifetimeSeconds: 0,
      statement_timeout: 10_000,
      idle_in_transaction_session_timeout: 10_000,
      allowExitOnIdle: true,
    },
  },
};

/** The connection timeout of functions on Neon: their first query may have to wait for a suspended compute. */
export const NEON_COLD_START_MILLIS = 5_000;
