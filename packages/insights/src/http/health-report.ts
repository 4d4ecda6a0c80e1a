import type { PoolHealthState } from '@pg-otel/instrumentation/channels';
import type { Insights } from '../insights';

/** The answer of the `health` endpoint. */
export interface HealthReport {
  /** Whether no pool is down. True for a process without managed pools, whose health is not checked. */
  readonly isHealthy: boolean;
  /** The managed pools. */
  readonly pools: readonly {
    readonly poolName: string;
    readonly state: PoolHealthState;
    /** Milliseconds since 1970. */
    readonly since: number;
    readonly errorType: string | undefined;
  }[];
}

export function healthReport(insights: Insights): HealthReport {
  const pools = insights
    .getConnectionStats()
    .health.map(({ poolName, state, since, errorType }) => ({ poolName, state, since, errorType }));
  return { isHealthy: pools.every(({ state }) => state !== 'down'), pools };
}
