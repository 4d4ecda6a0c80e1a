import { PoolOptionsError } from '../options-error';

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

/** The longest delay of a Node.js timer. */
const MAX_MILLIS = 2 ** 31 - 1;

interface Accepted {
  readonly isAccepted: (value: number) => boolean;
  readonly described: string;
}

const milliseconds: Accepted = {
  isAccepted: (value) => value >= 0 && value <= MAX_MILLIS,
  described: `a number of milliseconds from 0 to ${MAX_MILLIS}`,
};

const ACCEPTED: Readonly<Record<keyof RetrySettings, Accepted>> = {
  maxAttempts: {
    isAccepted: (value) => Number.isInteger(value) && value >= 1 && value <= 100,
    described: 'a whole number from 1 to 100',
  },
  initialDelayMillis: milliseconds,
  maxDelayMillis: milliseconds,
  deadlineMillis: milliseconds,
  budget: { isAccepted: (value) => value >= 0, described: 'a number of at least 0, or Infinity' },
};

/**
 * Checks options and adds the defaults.
 *
 * @param place where the options are, for the message, such as `retry`
 * @throws PoolOptionsError for a value that is not accepted, and for a name that is no option
 */
export function retrySettings(options: RetryOptions, place: string): RetrySettings {
  const settings: Record<string, number> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    if (!Object.hasOwn(ACCEPTED, name)) {
      throw new PoolOptionsError(`${place}.${name}`, `is not an option; there are ${names()}`);
    }
    const { isAccepted, described } = ACCEPTED[name as keyof RetrySettings];
    if (typeof value !== 'number' || !isAccepted(value)) {
      throw new PoolOptionsError(`${place}.${name}`, `must be ${described}, got ${shown(value)}`);
    }
    settings[name] = value;
  }
  return settings as unknown as RetrySettings;
}

function names(): string {
  return Object.keys(ACCEPTED).join(', ');
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
