import { type AcceptedNumber, checkNumbers } from './accepted-number';
import { PlanInputError, type Setting } from './input-error';
import type { Limits } from './limits';
import { type SharedCores, sharedCores } from './shared-cores';

/**
 * The load of the whole fleet at its peak over seconds. The plan uses the largest of the given rates of users, requests
 * and measured checkouts. An absent figure is unknown, not zero.
 */
export interface Load {
  /** Users who are active at the same time. Variable: `EXPECTED_CONCURRENT_USERS`. */
  readonly users?: number | undefined;
  /** Queries that each user causes in `userWindowSeconds`. Default 10. Variable: `AVG_QUERIES_PER_USER`. */
  readonly queriesPerUser?: number | undefined;
  /** The time of `queriesPerUser`. Default 60, which makes it queries per user and minute. */
  readonly userWindowSeconds?: number | undefined;
  /** Requests per second. Variable: `PEAK_RPS`. */
  readonly peakRequestsPerSecond?: number | undefined;
  /** Queries of one request. Default 1. */
  readonly queriesPerRequest?: number | undefined;
  /** Connections that a request requires at the same time (`Promise.all`). Default: all of its checkouts. */
  readonly parallelPerRequest?: number | undefined;
  /** Queries in one checkout: a transaction of n queries holds one connection. Default 1. */
  readonly queriesPerCheckout?: number | undefined;
  /**
   * Checkouts per second, measured at the same time as `useTimeSeconds`:
   * `rate(db_client_connection_use_time_seconds_count)`, summed over the fleet.
   */
  readonly peakCheckoutsPerSecond?: number | undefined;
  /** The measured mean of `db.client.connection.use_time`. Default 0.05, a guess with a warning. */
  readonly useTimeSeconds?: number | undefined;
  /** Squared coefficient of variation of the use time. Default 1 (exponential); 0 is constant. */
  readonly useTimeVariability?: number | undefined;
  /** Squared coefficient of variation of the times between arrivals. Default 1 (Poisson). */
  readonly arrivalVariability?: number | undefined;
  /**
   * CPU time of the server in one checkout. With `limits.cores`, the plan knows the size beyond which connections add no
   * throughput, and how use times rise with the load.
   */
  readonly cpuSecondsPerCheckout?: number | undefined;
}

const MANY = 1e9;
const NANOSECOND = 1e-9;

export const ACCEPTED_LOAD: Readonly<Record<keyof Load, AcceptedNumber>> = {
  users: { least: 0, most: MANY },
  queriesPerUser: { above: 0, most: MANY },
  userWindowSeconds: { least: 1, most: MANY },
  peakRequestsPerSecond: { above: 0, most: MANY },
  queriesPerRequest: { above: 0, most: MANY },
  parallelPerRequest: { least: 1, most: 1000, isWhole: true },
  queriesPerCheckout: { least: 1, most: MANY },
  peakCheckoutsPerSecond: { least: 0, most: MANY },
  useTimeSeconds: { least: NANOSECOND, most: 1e6 },
  useTimeVariability: { least: 0, most: MANY },
  arrivalVariability: { least: 0, most: MANY },
  cpuSecondsPerCheckout: { least: NANOSECOND, most: MANY },
};

/** The use time when it is not measured: 50 ms, the limit of a fast query. */
export const GUESSED_USE_TIME_SECONDS = 0.05;

/** The load of one process as input of the queueing functions. */
export interface Demand {
  readonly checkoutsPerSecond: number;
  readonly useTimeSeconds: number;
  readonly isUseTimeMeasured: boolean;
  readonly useTimeVariability: number;
  readonly arrivalVariability: number;
  /** Checkouts that arrive at the same time. */
  readonly batchSize: number;
  /** Undefined when unknown: use times then do not depend on each other. */
  readonly sharedCores: SharedCores | undefined;
}

/** The figure that a rate comes from. */
export type RateSource = 'users' | 'requests' | 'checkouts';

/** @throws {PlanInputError} */
export function checkLoad(load: Load, settingOf: (name: string) => Setting): void {
  checkNumbers(load, ACCEPTED_LOAD, settingOf);
  for (const name of ['peakRequestsPerSecond', 'peakCheckoutsPerSecond'] as const) {
    if (load.users === 0 && (load[name] ?? 0) > 0) {
      const sentence = `must be greater than 0 when ${settingOf(name).name} is, which is ${load[name]}, got 0`;
      throw new PlanInputError(settingOf('users'), sentence);
    }
  }
}

/** Checkouts per second of the whole fleet with their sources, largest first; empty when unknown. */
export function arrivalRates(load: Load): { readonly of: RateSource; readonly perSecond: number }[] {
  const { users, queriesPerUser = 10, userWindowSeconds = 60 } = load;
  const { peakRequestsPerSecond, queriesPerRequest = 1, queriesPerCheckout = 1 } = load;
  const rates: { of: RateSource; perSecond: number | undefined }[] = [
    { of: 'users', perSecond: users && (users * queriesPerUser) / userWindowSeconds / queriesPerCheckout },
    {
      of: 'requests',
      perSecond: peakRequestsPerSecond && (peakRequestsPerSecond * queriesPerRequest) / queriesPerCheckout,
    },
    { of: 'checkouts', perSecond: load.peakCheckoutsPerSecond },
  ];
  return rates
    .flatMap(({ of, perSecond }) => (perSecond === undefined ? [] : [{ of, perSecond }]))
    .sort((one, other) => other.perSecond - one.perSecond);
}

export function batchSizeOf(load: Load): number {
  const { queriesPerRequest = 1, queriesPerCheckout = 1 } = load;
  const atOnce = Math.ceil((queriesPerRequest / queriesPerCheckout) * (1 - 1e-9));
  return load.parallelPerRequest ?? Math.min(1000, Math.max(1, atOnce));
}

export function demandOf(load: Load, limits: Limits, checkoutsPerSecond: number): Demand {
  const { useTimeSeconds = GUESSED_USE_TIME_SECONDS } = load;
  return {
    checkoutsPerSecond,
    useTimeSeconds,
    isUseTimeMeasured: load.useTimeSeconds !== undefined,
    useTimeVariability: load.useTimeVariability ?? 1,
    arrivalVariability: load.arrivalVariability ?? 1,
    batchSize: batchSizeOf(load),
    sharedCores: sharedCores(load, limits),
  };
}
