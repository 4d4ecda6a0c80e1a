import {
  CHANNELS,
  type CollectMessage,
  type ConnectionCloseMessage,
  type ConnectionReleaseMessage,
  type EventMessage,
  type OperationEndMessage,
  type PoolHealthMessage,
  type PoolManagedMessage,
  type PoolRecoveryMessage,
  type PoolResizeMessage,
  type RetryMessage,
  type RunningFigures,
} from '@pg-otel/instrumentation/channels';
import { type Alert, AlertWatch, type PastAlert } from './alerts/alert-watch';
import { BaselineFile } from './baseline/baseline-file';
import { type BaselineReport, Baselines } from './baseline/baselines';
import { type CapacityAdvice, PoolLoads } from './capacity/capacity';
import { type ConnectionStats, Connections } from './connections/connection-stats';
import { follow } from './feed';
import type { Finding } from './findings/finding';
import { Findings } from './findings/findings';
import { MessageBatch } from './message-batch';
import { checked, type InsightsOptions } from './options';
import { collectFigures, type PoolMetrics, PoolRecords } from './pools/pool-metrics';
import { NotableQueries } from './queries/notable-queries';
import { type PerformanceMetrics, performanceMetrics } from './queries/performance-metrics';
import { QueryWindow } from './queries/query-window';
import { Timeline, type TimelinePoint } from './timeline/timeline';
import { FollowedTraces } from './traces/followed-traces';
import { LatestTrace } from './traces/latest-trace';
import type { TraceReport } from './traces/trace-report';
import { versionsOf } from './versions';
import { WallClock } from './wall-clock';
import { warnOfInternalError } from './warnings';

const COLLECT_MILLIS = 10_000;
/** Targets and thresholds, in seconds. */
const QUERY_TARGET = 0.05;
const CONNECT_TARGET = 0.1;
const SLOW = 1;
const CRITICAL = 5;

/** The pools now, and the alerts that fire or are pending. */
export interface PoolMetricsWithAlerts {
  /** Milliseconds since 1970. */
  readonly collectedAt: number;
  readonly pools: readonly PoolMetrics[];
  readonly alerts: readonly Alert[];
}

/** All that is known about what Postgres did in this process. It is plain data. */
export interface AllPerformanceData {
  /** Milliseconds since 1970. */
  readonly collectedAt: number;
  readonly uptimeSeconds: number;
  /**
   * By name: of Node.js (`node`), of this package, of `@pg-otel/instrumentation`, and of the drivers that it instruments, as
   * far as they are known.
   */
  readonly versions: Readonly<Record<string, string>>;
  readonly performance: PerformanceMetrics;
  readonly connections: ConnectionStats;
  readonly pools: PoolMetricsWithAlerts;
  /** The operations that run now, longest first. */
  readonly running: readonly RunningFigures[];
  /**
   * The last trace that has ended, of those that were followed; for 5 seconds the one with the most operations. Absent
   * without traces.
   */
  readonly latestTrace: TraceReport | undefined;
  /** The last 100 alerts that ended, oldest first, and those that fire. */
  readonly alertHistory: readonly PastAlert[];
  readonly baseline: BaselineReport;
  /** Problems that the figures prove, the most frequent first. */
  readonly findings: readonly Finding[];
  readonly capacity: readonly CapacityAdvice[];
  /** Every 10 seconds of the last hour, oldest first. */
  readonly timeline: readonly TimelinePoint[];
}

/** What Postgres did in this process, since `createInsights` was called. */
export interface Insights {
  getPerformanceMetrics(): PerformanceMetrics;
  getConnectionStats(): ConnectionStats;
  getPoolMetricsWithAlerts(): PoolMetricsWithAlerts;
  getAllPerformanceData(): AllPerformanceData;
  /** Ends the collection. The functions still return what was collected. */
  stop(): void;
}

/**
 * Collects what the instrumentation publishes in this process.
 *
 * @throws {InsightsOptionsError} for an option that is not accepted
 * @throws {ThresholdsError} for thresholds that are not accepted
 * @example
 * const insights = createInsights();
 * console.log(insights.getPerformanceMetrics().seconds.p95);
 */
export function createInsights(options: InsightsOptions = {}): Insights {
  const { window: size, thresholds, resource, baselineFile } = checked(options);
  const startedAt = Date.now();
  const clock = new WallClock();
  const window = new QueryWindow(size);
  const slow = new NotableQueries(SLOW);
  const critical = new NotableQueries(CRITICAL);
  const connections = new Connections(CONNECT_TARGET);
  const pools = new PoolRecords();
  const watch = new AlertWatch(thresholds, resource, startedAt);
  const baselines = new Baselines();
  const file = baselineFile === undefined ? undefined : new BaselineFile(baselineFile);
  if (file !== undefined) baselines.restore(file.read(), startedAt);
  const loads = new PoolLoads(startedAt);
  const findings = new Findings();
  const latestTrace = new LatestTrace();
  const traces = new FollowedTraces(latestTrace, (request, at) => findings.requestEnded(request, at));
  const timeline = new Timeline(startedAt);

  function operationEnded(message: OperationEndMessage): void {
    const { kind, countedSeconds } = message;
    const at = clock.at(message.endedAt);
    traces.add(message, at);
    if (kind === 'acquire') {
      pools.waited(message);
      watch.metrics.waits.add(message);
      return;
    }
    if (kind === 'connect') {
      connections.setUp(message, at);
      watch.metrics.setups.add(message);
      return;
    }
    window.add(message.summary, countedSeconds, at, message.errorType !== undefined);
    slow.add(message, at);
    critical.add(message, at);
    watch.metrics.queries.add(message);
  }

  const ended = new MessageBatch(operationEnded, warnOfInternalError);

  const stopFollowing = follow(
    {
      [CHANNELS.operationEnd]: (message: OperationEndMessage) => ended.add(message),
      [CHANNELS.connectionClose](message: ConnectionCloseMessage) {
        // The history has the setup first.
        ended.handleAll();
        connections.closed(message, Date.now());
      },
      [CHANNELS.connectionRelease]: (message: ConnectionReleaseMessage) => loads.released(message),
      [CHANNELS.event]: (message: EventMessage) => watch.event(message),
      [CHANNELS.poolManaged]: (message: PoolManagedMessage) => pools.managed(message),
      [CHANNELS.poolHealth]: (message: PoolHealthMessage) => {
        connections.healthChanged(message);
        watch.metrics.healthChanged(message, message.state);
      },
      [CHANNELS.poolRecovery]: (message: PoolRecoveryMessage) => connections.recovered(message, Date.now()),
      [CHANNELS.poolResize]: (message: PoolResizeMessage) => pools.resized(message, Date.now()),
      [CHANNELS.retry]: (message: RetryMessage) => connections.retried(message),
    },
    warnOfInternalError,
  );
  function endTraces(now: number): void {
    traces.endIdle(now);
    latestTrace.endIdle(globalThis.performance.now());
  }
  function collect(): void {
    ended.handleAll();
    const now = Date.now();
    const figures = collectFigures();
    clock.adjust();
    watch.collect(figures.pools, now);
    timeline.add(window, figures.pools, now);
    baselines.check(window, now);
    loads.tick(now);
    endTraces(now);
    findings.poolsCollected(figures.pools, now);
    file?.write(baselines.save());
  }
  const collecting = setInterval(() => {
    try {
      collect();
    } catch (error) {
      warnOfInternalError(error);
    }
  }, COLLECT_MILLIS);
  collecting.unref();

  const performance = (now: number) =>
    performanceMetrics(window, { slow: slow.toJSON(), critical: critical.toJSON() }, QUERY_TARGET, now);

  function poolMetrics({ pools: figures }: CollectMessage, now: number): PoolMetricsWithAlerts {
    watch.collect(figures, now);
    return { collectedAt: now, pools: pools.metrics(figures), alerts: watch.alerts(now) };
  }

  return {
    getPerformanceMetrics() {
      ended.handleAll();
      return performance(Date.now());
    },
    getConnectionStats() {
      ended.handleAll();
      return connections.stats(Date.now());
    },
    getPoolMetricsWithAlerts() {
      ended.handleAll();
      return poolMetrics(collectFigures(), Date.now());
    },
    getAllPerformanceData() {
      ended.handleAll();
      const now = Date.now();
      const figures = collectFigures();
      endTraces(now);
      return {
        collectedAt: now,
        uptimeSeconds: process.uptime(),
        versions: versionsOf(figures),
        performance: performance(now),
        connections: connections.stats(now),
        pools: poolMetrics(figures, now),
        running: figures.running,
        latestTrace: latestTrace.report(),
        alertHistory: watch.history(now),
        baseline: baselines.report(),
        findings: findings.report(),
        capacity: loads.advice(),
        timeline: timeline.toArray(),
      };
    },
    stop() {
      stopFollowing();
      clearInterval(collecting);
    },
  };
}
