import { type Limits, PlanInputError, planPool } from '@pg-otel/pool-sizing';
import { checkNumber, checkObject, checkOneOf, MAX_MILLIS, shown } from './option-checks';
import { PoolOptionsError } from './options-error';
import type { PgPool } from './pg-pool';
import { type RetryOptions, retrySettings } from './retry/options';
import type { Server } from './server';

/** Options of {@link managePool}. */
export interface PoolOptions {
  /** The lower bound of `pool.options.max`. Default 2, or `pool.options.max` if it is smaller. */
  readonly min?: number | undefined;
  /** The upper bound of `pool.options.max`. Default 30, or `pool.options.max` if it is larger. */
  readonly max?: number | undefined;
  /**
   * `act` changes the size and reopens lost connections; `advise` reports which size it would choose, and leaves the pool
   * as it is. Both check health. Default `act`.
   */
  readonly mode?: 'act' | 'advise' | undefined;
  /** When idle connections are checked; `false` for never. */
  readonly healthCheck?: HealthCheckOptions | false | undefined;
  /**
   * Whether the server stops when it has no queries. While the pool is idle, nothing is then sent that would keep the server
   * awake. Default: true for Neon's hosts.
   */
  readonly scaleToZero?: boolean | undefined;
  /** The mean wait for a connection above which the pool grows, in milliseconds. Default 25. */
  readonly targetWaitMillis?: number | undefined;
  /** What the server leaves to this pool. Without `serverConnections`, its share is not known. */
  readonly limits?: PoolLimits | undefined;
  /**
   * Whether instances of the service share the connections of the server by counting each other there. For that, the
   * `application_name` of new connections gets the id of the instance, such as `shop/3fa2c1`. Default: true with mode
   * `act` and health checks, unless a pooler is in front of the server.
   */
  readonly fleet?: boolean | undefined;
  /**
   * Repeats what has certainly not reached the server: attempts to obtain a connection, and statements that a pooler has
   * refused. `true` for the default options. Default false.
   */
  readonly retry?: boolean | RetryOptions | undefined;
  /** The name of the pool in telemetry. Default: the name that the instrumentation reports, otherwise the database. */
  readonly name?: string | undefined;
}

/** When idle connections are checked. */
export interface HealthCheckOptions {
  /** Milliseconds between two checks, ± 10 %. Default 30000. */
  readonly intervalMillis?: number | undefined;
  /** After this time without an answer, in milliseconds, a check has failed. Default 5000. */
  readonly timeoutMillis?: number | undefined;
}

/** The limits of pool sizing that a running pool needs. */
export type PoolLimits = Pick<
  Limits,
  | 'serverConnections'
  | 'reservedConnections'
  | 'otherConnections'
  | 'extraConnections'
  | 'processes'
  | 'pooler'
>;

/** Checked options with all defaults. */
export interface Settings {
  readonly min: number;
  readonly max: number;
  readonly mode: 'act' | 'advise';
  readonly healthCheck: Required<{ readonly [Name in keyof HealthCheckOptions]: number }> | false;
  readonly scaleToZero: boolean;
  readonly targetWaitMillis: number;
  readonly limits: PoolLimits;
  /** Connections of the server that this process may use; absent when it is not known. */
  readonly share: number | undefined;
  readonly fleet: boolean;
  readonly retry: RetryOptions | false;
  readonly name: string | undefined;
}

const DEFAULTS = { min: 2, max: 30, intervalMillis: 30_000, timeoutMillis: 5_000, targetWaitMillis: 25 };
const MAX_CONNECTIONS = 10_000;

const OPTIONS = [
  'min',
  'max',
  'mode',
  'healthCheck',
  'scaleToZero',
  'targetWaitMillis',
  'limits',
  'fleet',
  'retry',
  'name',
] as const satisfies (keyof PoolOptions)[];
const LIMITS = [
  'serverConnections',
  'reservedConnections',
  'otherConnections',
  'extraConnections',
  'processes',
  'pooler',
];

/** @throws PoolOptionsError that names the setting, the value and the accepted values */
export function readOptions(given: PoolOptions, pool: PgPool, server: Server): Settings {
  checkObject('', given, OPTIONS);
  const share = shareOf(given.limits ?? {}, server);
  const { min, max } = readBounds(given, pool.options.max, share);
  checkOneOf('mode', given.mode, ['act', 'advise']);
  checkOneOf('scaleToZero', given.scaleToZero, [true, false]);
  checkOneOf('fleet', given.fleet, [true, false]);
  if (given.name !== undefined && (typeof given.name !== 'string' || given.name === '')) {
    throw new PoolOptionsError('name', `must be a text that is not empty, got ${shown(given.name)}`);
  }
  return {
    min,
    max,
    mode: given.mode ?? 'act',
    healthCheck: readHealthCheck(given.healthCheck ?? {}),
    scaleToZero: given.scaleToZero ?? server.isNeon,
    targetWaitMillis: checkNumber('targetWaitMillis', given.targetWaitMillis ?? DEFAULTS.targetWaitMillis, {
      least: 1,
      most: MAX_MILLIS,
    }),
    limits: given.limits ?? {},
    share,
    fleet: given.fleet !== false && given.mode !== 'advise' && given.healthCheck !== false,
    retry: readRetry(given.retry ?? false),
    name: given.name,
  };
}

function readBounds(
  given: PoolOptions,
  size: number,
  share: number | undefined,
): { min: number; max: number } {
  const connections = { least: 1, most: MAX_CONNECTIONS, isWhole: true } as const;
  const max = checkNumber(
    'max',
    given.max ?? Math.min(Math.max(DEFAULTS.max, size), share ?? MAX_CONNECTIONS),
    connections,
  );
  const min = checkNumber('min', given.min ?? Math.min(DEFAULTS.min, size, max), connections);
  if (min > max) throw new PoolOptionsError('min', `must be at most max, which is ${max}, got ${min}`);
  if (share !== undefined && min > share) {
    throw new PoolOptionsError(
      'min',
      `must be at most ${share}, the share of the server's connections, got ${min}`,
    );
  }
  if (share !== undefined && given.max !== undefined && max > share) {
    throw new PoolOptionsError(
      'max',
      `must be at most ${share}, the share of the server's connections, got ${max}`,
    );
  }
  return { min, max };
}

function readHealthCheck(given: HealthCheckOptions | false): Settings['healthCheck'] {
  if (given === false) return false;
  checkObject('healthCheck', given, ['intervalMillis', 'timeoutMillis'], ' or false');
  const millis = (name: keyof HealthCheckOptions, least: number) =>
    checkNumber(`healthCheck.${name}`, given[name] ?? DEFAULTS[name], { least, most: MAX_MILLIS });
  return { intervalMillis: millis('intervalMillis', 1_000), timeoutMillis: millis('timeoutMillis', 1) };
}

function readRetry(given: boolean | RetryOptions): RetryOptions | false {
  if (typeof given === 'boolean') return given && {};
  if (typeof given !== 'object' || given === null) {
    throw new PoolOptionsError('retry', `must be true, false or an object, got ${shown(given)}`);
  }
  return retrySettings(given);
}

/** The share of the server's connections, by the rules of pool sizing. */
function shareOf(limits: PoolLimits, { isNeon, pooledBy }: Server): number | undefined {
  checkObject('limits', limits, LIMITS);
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  try {
    const pooler = pooledBy === undefined ? 'none' : 'transaction';
    return planPool({}, { isNeon, pooler, ...given }).connections.share ?? undefined;
  } catch (error) {
    if (!(error instanceof PlanInputError)) throw error;
    const { setting, message } = error;
    // Its message may repeat a value.
    const got = shown(given[setting.slice('limits.'.length)]);
    const sentence = message
      .slice(setting.length)
      .trim()
      .replace(/, got .*/s, () => `, got ${got}`);
    throw new PoolOptionsError(setting, sentence);
  }
}
