import { busy } from '../../pg-otel/test/cli/watched-data';
import type { AllPerformanceData } from '../src';

const [alert] = busy.pools.alerts as [(typeof busy.pools.alerts)[0]];
const at = busy.collectedAt;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const slow = {
  summary: 'UPDATE accounts',
  seconds: 2.5,
  at,
  poolName: 'shop',
  errorType: '57014',
  traceId: TRACE,
  isSampled: true,
  diagnosis: {
    outcome: 'found',
    reason: 'has waited 2.4 s for a row of `accounts`',
    certainty: 'proven',
    blockerTraceId: undefined,
  },
} as const;

/** Insights with each field that they can have, and at least one entry in each list. */
export const completeData: AllPerformanceData = {
  ...busy,
  performance: {
    ...busy.performance,
    slow: { thresholdSeconds: 1, total: 7, last: [slow] },
    critical: { thresholdSeconds: 5, total: 1, last: [{ ...slow, seconds: 7 }] },
  },
  connections: {
    ...busy.connections,
    closed: { idle: 3, error: 2 },
    history: [
      { kind: 'failed', at, poolName: 'shop', seconds: 0.01, errorType: 'ECONNREFUSED', traceId: TRACE },
      { kind: 'closed', at, poolName: 'shop', reason: 'idle' },
    ],
  },
  alertHistory: [{ ...alert, name: 'PostgresPoolWaiting', endedAt: at }],
  baseline: {
    ...busy.baseline,
    statements: [{ summary: 'SELECT orders', p50: 0.002, p95: 0.012, count: 150 }],
  },
  timeline: Array.from({ length: 30 }, (_, nth) => ({
    at: at - (30 - nth) * 10_000,
    seconds: 10,
    count: 100,
    failed: 0,
    quantiles: { p50: 0.002, p95: 0.2, p99: 3, max: 4 },
    pools: [{ poolName: 'shop', used: 3, idle: 0, pending: 7, limit: nth < 15 ? 4 : 6 }],
  })),
};
