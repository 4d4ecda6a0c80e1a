export type { FleetShare } from './fleet/budget';
export type { PoolHealth } from './health/health';
export type { HistoryEntry } from './history';
export { managePool, poolManager } from './manage-pool';
export type { PoolManager, PoolStatistics } from './manager';
export type { HealthCheckOptions, PoolLimits, PoolOptions } from './options';
export { PoolOptionsError } from './options-error';
export type { RetryOptions } from './retry/options';
export { retry, type TransactionRetryOptions } from './retry/retry';
