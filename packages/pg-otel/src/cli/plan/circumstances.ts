import {
  type EnvironmentVariables,
  type Limits,
  type Load,
  type Plan,
  type PlannedLoad,
  planFromEnv,
} from '@pg-otel/pool-sizing';

/** All inputs of a plan. They are kept, so that the plan can be repeated under other circumstances. */
export interface Given {
  readonly env: EnvironmentVariables;
  readonly load: Load;
  readonly limits: Limits;
}

/** A plan with a known load above 0. */
export type LoadedPlan = Plan & { readonly load: PlannedLoad };

export function isLoaded(plan: Plan): plan is LoadedPlan {
  return plan.load !== null && plan.load.checkoutsPerSecond > 0;
}

export interface Change {
  /** A multiple of today's load of the fleet. Default 1. */
  readonly loadFactor?: number;
  readonly processes?: number;
  /** The size of the pool, instead of the planned one. */
  readonly max?: number;
}

export function planOf({ env, load, limits }: Given): Plan {
  return planFromEnv(env, { load, limits });
}

/** Checkouts per second of the whole fleet. */
export function fleetRate({ load, fleet }: LoadedPlan): number {
  return load.checkoutsPerSecond * fleet.processes;
}

/** The figures of a plan that comparisons show. */
export function waitOf({ load: { utilisation, p99WaitSeconds } }: LoadedPlan) {
  return { utilisation, p99WaitSeconds };
}

/**
 * The plan for the same environment, server and queries under changed circumstances. The load is passed as a rate of
 * checkouts only: a plan uses the largest rate, and those of users and requests would hide a smaller load. A guessed use
 * time is treated as measured. Otherwise most waits would range from 0 to saturated, and could not be compared.
 *
 * @returns undefined when no process is left, or when the load is too large for a plan
 */
export function planUnder(given: Given, today: LoadedPlan, change: Change): LoadedPlan | undefined {
  const { loadFactor = 1, processes = today.fleet.processes, max } = change;
  const peakCheckoutsPerSecond = fleetRate(today) * loadFactor;
  if (processes < 1 || !(peakCheckoutsPerSecond <= MAX_RATE)) return undefined;
  const { useTimeVariability, arrivalVariability } = given.load;
  const { useTimeSeconds, batchSize } = today.load;
  const plan = planFromEnv(withoutLoad(given.env), {
    load: {
      peakCheckoutsPerSecond,
      parallelPerRequest: batchSize,
      useTimeVariability,
      arrivalVariability,
      useTimeSeconds,
    },
    limits: { ...given.limits, processes, overrides: { max } },
  });
  return isLoaded(plan) ? plan : undefined;
}

/** The largest rate that `planPool` accepts. */
const MAX_RATE = 1e9;

function withoutLoad(env: EnvironmentVariables): EnvironmentVariables {
  const { EXPECTED_CONCURRENT_USERS: _, AVG_QUERIES_PER_USER: __, PEAK_RPS: ___, ...rest } = env;
  return rest;
}
