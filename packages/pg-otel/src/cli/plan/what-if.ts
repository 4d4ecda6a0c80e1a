import type { Bound, WaitFigure } from '@pg-otel/pool-sizing';
import { type Change, type Given, type LoadedPlan, planUnder, waitOf } from './circumstances';

/** A scenario: the waits with today's pool, and the pool that would be planned. */
export interface WhatIf {
  readonly scenario: string;
  readonly loadFactor: number;
  readonly processes: number;
  /** null when no process is left, or the load is too large for a plan. */
  readonly withTodaysPool: {
    readonly max: number;
    readonly utilisation: number;
    readonly p99WaitSeconds: WaitFigure;
  } | null;
  readonly planned: {
    readonly max: number;
    readonly bound: Bound;
    readonly needed: number | null;
    readonly p99WaitSeconds: WaitFigure;
    readonly fleetConnections: number;
  } | null;
}

export function whatIf(given: Given, today: LoadedPlan): WhatIf[] {
  const scenarios: [name: string, change: Change][] = [
    ['today', {}],
    ['load × 2', { loadFactor: 2 }],
    ['load × 5', { loadFactor: 5 }],
    ['one process lost', { processes: today.fleet.processes - 1 }],
  ];
  return scenarios.map(([scenario, change]) => {
    const { loadFactor = 1, processes = today.fleet.processes } = change;
    const { max } = today.pool;
    const kept = planUnder(given, today, { ...change, max });
    const planned = planUnder(given, today, change);
    return {
      scenario,
      loadFactor,
      processes,
      withTodaysPool: kept === undefined ? null : { max, ...waitOf(kept) },
      planned:
        planned === undefined
          ? null
          : {
              max: planned.pool.max,
              bound: planned.bound,
              needed: planned.connections.needed,
              p99WaitSeconds: planned.load.p99WaitSeconds,
              fleetConnections: planned.fleet.connections,
            },
    };
  });
}
