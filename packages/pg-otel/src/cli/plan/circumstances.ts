import {
  type EnvironmentVariables,
  type Limits,
  type Load,
  type Plan,
  type PlannedLoad,
  planFromEnv,
} from '@pg-otel/pool-sizing';

/** All that a plan is made from; kept to plan the same under other circumstances. */
export interface Given {
  readonly env: EnvironmentVariables;
  readonly load: Load;
  readonly limits: Limits;
}

/** A plan that knows its load, and that there is some. */
export type LoadedPlan = Plan & { readonly load: PlannedLoad };

export function isLoaded(plan: Plan): plan is LoadedPlan {
  return plan.load !== null && plan.load.checkoutsPerSecond > 0;
}

export interface Change {
  /** Of today's load of the fleet. Default 1. */
  readonly loadFactor?: number;
  readonly processes?: number;
  /** The size of the pool, instead of the planned one. */
  readonly max?: number;
}

export function planOf({ env, load, limits }: Given): Plan {
  return planFromEnv(env, { load, limits });
}

/** Of the whole fleet. */
export function fleetRate({ load, fleet }: LoadedPlan): number {
  return load.checkoutsPerSecond * fleet.processes;
}

/** What a comparison shows of a plan. */
export function waitOf({ load: { utilisation, p99WaitSeconds } }: LoadedPlan) {
  return { utilisation, p99WaitSeconds };
}

/**
 * The plan for the same environment, server and queries under changed circumstances. The load is given as a rate, because
 * one computed from users and requests would win over a smaller one. A guessed use time counts as if it were right: with the whole
 * uncertainty of a guess, every wait would be anything from nothing to saturated, and no comparison would show.
 *
 * @returns undefined when there is no such plan: a load beyond what can be planned for, no process left
 */
export function planUnder(given: Given, today: LoadedPlan, change: Change): LoadedPlan | undefined {
  const { loadFactor = 1, processes = today.fleet.processes, max } = change;
  const peakCheckoutsPerSecond = fleetRate(today) * loadFactor;
  if (processes < 1 || !(peakCheckoutsPerSecond <= MOST_RATE)) return undefined;
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

/** What `planPool` takes at most. */
const MOST_RATE = 1e9;

function withoutLoad(env: EnvironmentVariables): EnvironmentVariables {
  const { EXPECTED_CONCURRENT_USERS: _, AVG_QUERIES_PER_USER: __, PEAK_RPS: ___, ...rest } = env;
  return rest;
}
