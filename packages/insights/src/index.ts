export type { Alert, PastAlert } from './alerts/alert-watch';
export type { BaselineReport, Deviation } from './baseline/baselines';
export type { StatementBaseline } from './baseline/statement-baseline';
export type { CapacityAdvice } from './capacity/capacity';
export type {
  ConnectionEntry,
  ConnectionStats,
  FailureCount,
  PoolHealth,
  Recovery,
} from './connections/connection-stats';
export type { Finding, FindingKind } from './findings/finding';
export type { Authorize, Endpoint } from './http/access';
export { createInsightsHandler, type InsightsHandler, type InsightsHandlerOptions } from './http/handler';
export type { HealthReport } from './http/health-report';
export { createInsightsRoute, type InsightsRoute, type InsightsRouteOptions } from './http/route';
export { type InsightsServer, type InsightsServerOptions, serveInsights } from './http/server';
export {
  type AllPerformanceData,
  createInsights,
  type Insights,
  type PoolMetricsWithAlerts,
} from './insights';
export { type Logger, logTo } from './logs/log-to';
export { type InsightsOptions, InsightsOptionsError } from './options';
export type { PoolMetrics, SizeChange } from './pools/pool-metrics';
export {
  getAllPerformanceData,
  getConnectionStats,
  getPerformanceMetrics,
  getPoolMetricsWithAlerts,
} from './process-insights';
export type { Quantiles } from './quantiles';
export type {
  DistributionBucket,
  Notable,
  NotableQuery,
  PerformanceMetrics,
  StatementMetrics,
  TargetShare,
} from './queries/performance-metrics';
export type { PoolPoint, TimelinePoint } from './timeline/timeline';
export type { TraceEntry, TraceReport } from './traces/trace-report';
