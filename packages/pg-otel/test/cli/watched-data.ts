import type { AllPerformanceData } from '@pg-otel/insights';

const now = new Date('2026-01-01T14:05:00Z').getTime();
const quantiles = (p50: number, p95: number, p99 = p95, max = p99) => ({ p50, p95, p99, max });
const nothing = quantiles(0, 0);
const pool = { poolName: 'shop', serverAddress: 'db', serverPort: 5432, namespace: 'shop' };

/** A program that has done nothing yet. */
export const quiet: AllPerformanceData = {
  collectedAt: now,
  uptimeSeconds: 1,
  versions: { node: '24.11.0', '@pg-otel/insights': '0.1.0', pg: '8.23.1' },
  performance: {
    collectedAt: now,
    window: { size: 1000, count: 0, since: undefined },
    total: 0,
    perSecond: 0,
    failed: 0,
    errorRate: 0,
    seconds: nothing,
    distribution: [],
    withinTarget: { seconds: 0.05, share: 1 },
    slow: { thresholdSeconds: 1, total: 0, last: [] },
    critical: { thresholdSeconds: 5, total: 0, last: [] },
    statements: [],
  },
  connections: {
    collectedAt: now,
    setups: { count: 0, seconds: nothing, withinTarget: { seconds: 0.1, share: 1 }, phases: [] },
    opened: 0,
    failed: 0,
    failures: [],
    closed: {},
    history: [],
    recoveries: [],
    retries: {},
    health: [],
  },
  pools: { collectedAt: now, pools: [], alerts: [] },
  running: [],
  latestTrace: undefined,
  alertHistory: [],
  baseline: { statements: [], learning: 0, deviations: [] },
  findings: [],
  capacity: [],
  timeline: [],
};

const operation = { ...pool, traceId: 'a1', spanId: 'b1', isSampled: false };
const entry = { errorType: undefined } as const;

/** A program with something to show in each panel. */
export const busy: AllPerformanceData = {
  ...quiet,
  uptimeSeconds: 754,
  performance: {
    ...quiet.performance,
    window: { size: 1000, count: 100, since: now - 8_000 },
    total: 100,
    perSecond: 12.5,
    failed: 3,
    errorRate: 0.03,
    seconds: quantiles(0.002, 0.8, 1.2),
    distribution: [
      { upTo: 0.001, count: 40 },
      { upTo: 0.002, count: 30 },
      { upTo: 0.005, count: 20 },
      { upTo: 0.5, count: 2 },
      { upTo: 1, count: 6 },
      { upTo: 2, count: 1 },
      { upTo: null, count: 1 },
    ],
    withinTarget: { seconds: 0.05, share: 0.9 },
    statements: [
      {
        summary: 'SELECT orders',
        count: 40,
        failed: 3,
        totalSeconds: 3,
        share: 0.75,
        seconds: quantiles(0.002, 0.8, 1.2),
      },
      {
        summary: 'INSERT 注文',
        count: 60,
        failed: 0,
        totalSeconds: 1,
        share: 0.25,
        seconds: quantiles(0.001, 0.003, 0.004),
      },
    ],
  },
  connections: {
    ...quiet.connections,
    setups: {
      count: 12,
      seconds: quantiles(0.008, 0.016),
      withinTarget: { seconds: 0.1, share: 1 },
      phases: [
        { phase: 'tcp', count: 12, seconds: quantiles(0.001, 0.002) },
        { phase: 'startup', count: 12, seconds: quantiles(0.003, 0.006) },
        { phase: 'auth', count: 12, seconds: quantiles(0.004, 0.009) },
      ],
    },
    opened: 12,
    failed: 2,
    failures: [{ errorType: 'ECONNREFUSED', count: 2, lastAt: now }],
    recoveries: [{ at: now - 12_000, poolName: 'shop', seconds: 10, connections: 4 }],
    retries: { gave_up: 3 },
    health: [
      {
        poolName: 'shop',
        state: 'up',
        since: now - 12_000,
        consecutiveFailures: 0,
        errorType: undefined,
        changes: [
          { at: now - 40_000, state: 'down' },
          { at: now - 12_000, state: 'up' },
        ],
      },
    ],
  },
  pools: {
    collectedAt: now,
    pools: [
      {
        ...pool,
        used: 4,
        idle: 0,
        active: 4,
        connecting: 0,
        pending: 7,
        limit: 4,
        oldestPendingSeconds: 0.25,
        held: [{ seconds: 3.2, takenAt: undefined, traceId: 'a1', spanId: 'b1', isSampled: false }],
        utilization: 1,
        waits: { count: 30, failed: 0, seconds: quantiles(0.1, 0.25) },
        managed: { mode: 'act', min: 1, max: 12 },
        sizes: [
          {
            at: now - 5_000,
            from: 4,
            to: 6,
            reason: 'waits',
            explanation: '4 → 6 connections, because requests wait',
            isApplied: true,
          },
        ],
      },
    ],
    alerts: [
      {
        name: 'PostgresQuerySlow',
        severity: 'critical',
        state: 'firing',
        labels: { db_query_summary: 'SELECT orders' },
        annotations: { summary: 'A query takes longer than 5 s' },
        startsAt: now - 5_300,
        value: 6.2,
        peak: 6.2,
        traceId: 'a1',
      },
      {
        name: 'PostgresPoolUtilization',
        severity: 'warning',
        state: 'pending',
        labels: { pool: 'shop' },
        annotations: { summary: 'The pool is almost used up' },
        startsAt: now - 12_000,
        value: 1,
        peak: 1,
        traceId: undefined,
      },
    ],
  },
  running: [
    {
      ...operation,
      kind: 'query',
      summary: 'SELECT orders',
      elapsedSeconds: 6.2,
      waitsFor: 'server',
      diagnosis: {
        outcome: 'found',
        reason: 'has waited 4.8 s for a row of `accounts`, held by worker-7 (pid 8123)',
        certainty: 'proven',
        blockerTraceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
    },
    {
      ...operation,
      kind: 'acquire',
      summary: undefined,
      elapsedSeconds: 0.25,
      waitsFor: 'pool',
      diagnosis: undefined,
    },
  ],
  latestTrace: {
    traceId: 'a1b2c3d4e5f607182930415263748596',
    isSampled: true,
    seconds: 0.016,
    operationCount: 3,
    entries: [
      { ...entry, kind: 'acquire', name: 'shop', depth: 0, startSeconds: 0, seconds: 0.01 },
      { ...entry, kind: 'connect', name: 'shop', depth: 1, startSeconds: 0.002, seconds: 0.008 },
      { ...entry, kind: 'phase', name: 'tcp', depth: 2, startSeconds: 0.002, seconds: 0.002 },
      { ...entry, kind: 'phase', name: 'auth', depth: 2, startSeconds: 0.004, seconds: 0.006 },
      { ...entry, kind: 'query', name: 'SELECT orders', depth: 0, startSeconds: 0.01, seconds: 0.006 },
    ],
  },
  baseline: {
    statements: [],
    learning: 0,
    deviations: [
      {
        summary: 'SELECT orders',
        p95: 0.8,
        baseline: { p50: 0.002, p95: 0.012, count: 150 },
        since: now - 180_000,
        sentence: 'SELECT orders: p95 800 ms, baseline 12 ms, since 14:02',
      },
    ],
  },
  findings: [
    {
      kind: 'n_plus_one',
      sentence:
        'SELECT items ran 20 times in one request, once for each of the 20 rows of SELECT orders: 12 ms in all',
      summary: 'SELECT items',
      poolName: undefined,
      count: 4,
      firstSeen: now,
      lastSeen: now,
      traceIds: ['a1'],
      takenAt: undefined,
    },
  ],
  capacity: [
    { poolName: 'shop', peakCheckoutsPerSecond: 40, useTimeSeconds: 0.1, plannedMax: 8, headroom: 1.4 },
  ],
};
