import type { DiagnosisMessage } from '@pg-otel/instrumentation/channels';
import { type Quantiles, quantilesOf, shareWithin, sortedOf } from '../quantiles';
import type { QueryWindow } from './query-window';

/** A target for durations, and the share of the durations that reached it. */
export interface TargetShare {
  readonly seconds: number;
  /** 0 to 1; 1 without durations. */
  readonly share: number;
}

/** A query that took longer than a threshold. */
export interface NotableQuery {
  /** `db.query.summary`; empty when the text names no operation. */
  readonly summary: string;
  readonly seconds: number;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** `db.client.connection.pool.name`; absent without a pool. */
  readonly poolName: string | undefined;
  /** `error.type`; absent when it succeeded. */
  readonly errorType: string | undefined;
  /** Absent without a trace. */
  readonly traceId: string | undefined;
  /** Whether the trace is recorded, so that the trace backend has it. */
  readonly isSampled: boolean;
  /** Why it was slow; absent when the server was not asked. */
  readonly diagnosis: DiagnosisMessage | undefined;
}

/** The queries that took longer than a threshold. */
export interface Notable {
  readonly thresholdSeconds: number;
  /** Since the start. */
  readonly total: number;
  /** The last 100, oldest first. */
  readonly last: readonly NotableQuery[];
}

/** The queries of the window that have the same summary. */
export interface StatementMetrics {
  /** `db.query.summary`; empty when the text names no operation. */
  readonly summary: string;
  readonly count: number;
  readonly failed: number;
  /** Seconds of all these queries together. */
  readonly totalSeconds: number;
  /** `totalSeconds` as a share of the seconds of all queries of the window, 0 to 1. */
  readonly share: number;
  readonly seconds: Quantiles;
}

/** The queries whose duration is above the bucket before, and at most `upTo`. */
export interface DistributionBucket {
  /** Seconds; null for the queries that took longer than every bucket. */
  readonly upTo: number | null;
  readonly count: number;
}

/** The last queries. Durations are in seconds, moments in milliseconds since 1970. */
export interface PerformanceMetrics {
  readonly collectedAt: number;
  /** The queries that the figures are about. */
  readonly window: {
    /** The most queries that it holds. */
    readonly size: number;
    readonly count: number;
    /** When its first query ended; absent when it is empty. */
    readonly since: number | undefined;
  };
  /** All queries since the start. */
  readonly total: number;
  /** Queries per second, over the time of the window. */
  readonly perSecond: number;
  readonly failed: number;
  /** Failed queries as a share, 0 to 1. */
  readonly errorRate: number;
  readonly seconds: Quantiles;
  /** From the shortest to the longest. */
  readonly distribution: readonly DistributionBucket[];
  readonly withinTarget: TargetShare;
  readonly slow: Notable;
  readonly critical: Notable;
  /** By summary, the largest total time first. */
  readonly statements: readonly StatementMetrics[];
}

interface Collected {
  readonly durations: number[];
  failed: number;
}

export function performanceMetrics(
  window: QueryWindow,
  notable: Pick<PerformanceMetrics, 'slow' | 'critical'>,
  targetSeconds: number,
  now: number,
): PerformanceMetrics {
  const all: Collected = { durations: [], failed: 0 };
  const byStatement = new Map<string, Collected>();
  let since: number | undefined;
  window.forEach((summary, seconds, endedAt, isFailed) => {
    since ??= endedAt;
    let statement = byStatement.get(summary);
    if (statement === undefined) {
      statement = { durations: [], failed: 0 };
      byStatement.set(summary, statement);
    }
    for (const collected of [all, statement]) {
      collected.durations.push(seconds);
      if (isFailed) collected.failed += 1;
    }
  });
  const sorted = sortedOf(all.durations);
  const count = sorted.length;
  const totalSeconds = sum(sorted);
  return {
    collectedAt: now,
    window: { size: window.size, count, since },
    total: window.added,
    perSecond: since === undefined ? 0 : count / Math.max(1, (now - since) / 1000),
    failed: all.failed,
    errorRate: count === 0 ? 0 : all.failed / count,
    seconds: quantilesOf(sorted),
    distribution: distributionOf(sorted),
    withinTarget: { seconds: targetSeconds, share: shareWithin(sorted, targetSeconds) },
    ...notable,
    statements: [...byStatement]
      .map(([summary, statement]) => statementMetrics(summary, statement, totalSeconds))
      .sort((one, other) => other.totalSeconds - one.totalSeconds),
  };
}

function statementMetrics(
  summary: string,
  { durations, failed }: Collected,
  allSeconds: number,
): StatementMetrics {
  const sorted = sortedOf(durations);
  const totalSeconds = sum(sorted);
  const share = allSeconds === 0 ? 0 : totalSeconds / allSeconds;
  return { summary, count: sorted.length, failed, totalSeconds, share, seconds: quantilesOf(sorted) };
}

/** Upper edges in seconds: 1, 2 and 5 of each power of ten, from 100 µs to 10 s. */
const EDGES = [-4, -3, -2, -1, 0]
  .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
  .concat(10);

function distributionOf(sorted: Float64Array): DistributionBucket[] {
  let below = 0;
  return [...EDGES, null].map((upTo) => {
    const within = upTo === null ? sorted.length : Math.round(shareWithin(sorted, upTo) * sorted.length);
    const count = sorted.length === 0 ? 0 : within - below;
    below = within;
    return { upTo, count };
  });
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
