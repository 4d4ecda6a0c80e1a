import type { ConnectionStats } from './connections/connection-stats';
import {
  type AllPerformanceData,
  createInsights,
  type Insights,
  type PoolMetricsWithAlerts,
} from './insights';
import type { PerformanceMetrics } from './queries/performance-metrics';

const KEY = Symbol.for('pg-otel.insights');
const shared = globalThis as { [KEY]?: Insights };

/**
 * The insights of the process, which `PG_OTEL_INSIGHTS` starts, otherwise the first call of one of the functions. All
 * copies of this package in a process share them.
 */
export function processInsights(): Insights {
  shared[KEY] ??= createInsights();
  return shared[KEY];
}

/** Returns the figures of the last 1000 queries. What happened before the first call is not known. */
export const getPerformanceMetrics = (): PerformanceMetrics => processInsights().getPerformanceMetrics();

/** Returns what happened to connections. What happened before the first call is not known. */
export const getConnectionStats = (): ConnectionStats => processInsights().getConnectionStats();

/** Returns the pools now, and the alerts that fire or are pending. */
export const getPoolMetricsWithAlerts = (): PoolMetricsWithAlerts =>
  processInsights().getPoolMetricsWithAlerts();

/** Returns all that is known. What happened before the first call is not known. */
export const getAllPerformanceData = (): AllPerformanceData => processInsights().getAllPerformanceData();
