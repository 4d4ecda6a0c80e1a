import { type AcceptedNumber, checkNumber, checkObject, MAX_MILLIS } from '../option-checks';

/** How often, how fast and how long failed work is repeated. */
export interface RetryOptions {
  /** Attempts in total, the first one included. Default 3; 1 never repeats. */
  readonly maxAttempts?: number | undefined;
  /** The largest delay before the second attempt, in milliseconds. It doubles with each attempt. Default 100. */
  readonly initialDelayMillis?: number | undefined;
  /** The largest delay before any attempt, in milliseconds. Default 2000. */
  readonly maxDelayMillis?: number | undefined;
  /** No attempt starts later than this after the first one, in milliseconds. Default 30000. */
  readonly deadlineMillis?: number | undefined;
  /**
   * How many repeated attempts there may be for each request, so that retries do not add to the load of a server that is
   * in trouble. Default 0.1 (10 %); `Infinity` for no limit.
   */
  readonly budget?: number | undefined;
}

/** The options with their defaults. */
export type RetrySettings = { readonly [Name in keyof RetryOptions]-?: number };

const DEFAULTS: RetrySettings = {
  maxAttempts: 3,
  initialDelayMillis: 100,
  maxDelayMillis: 2_000,
  deadlineMillis: 30_000,
  budget: 0.1,
};

const MILLISECONDS = { least: 0, most: MAX_MILLIS };

const ACCEPTED: Readonly<Record<keyof RetrySettings, AcceptedNumber>> = {
  maxAttempts: { least: 1, most: 100, isWhole: true },
  initialDelayMillis: MILLISECONDS,
  maxDelayMillis: MILLISECONDS,
  deadlineMillis: MILLISECONDS,
  budget: { least: 0, most: Number.POSITIVE_INFINITY },
};

/**
 * Checks options and adds the defaults.
 *
 * @param others names of further options, which the caller checks
 * @throws PoolOptionsError for a value that is not accepted, and for a name that is no option
 */
export function retrySettings(options: RetryOptions, others: readonly string[] = []): RetrySettings {
  checkObject('retry', options, [...Object.keys(ACCEPTED), ...others]);
  const setting = (name: keyof RetrySettings) => {
    const value = options[name] === undefined ? DEFAULTS[name] : options[name];
    return checkNumber(`retry.${name}`, value, ACCEPTED[name]);
  };
  return {
    maxAttempts: setting('maxAttempts'),
    initialDelayMillis: setting('initialDelayMillis'),
    maxDelayMillis: setting('maxDelayMillis'),
    deadlineMillis: setting('deadlineMillis'),
    budget: setting('budget'),
  };
}
