import { type AcceptedNumber, checkNumbers } from './accepted-number';
import { PlanInputError, type Setting, shown } from './input-error';

/** Options of `pg`'s pool that a plan sets. Connection string and TLS are not among them. */
export interface PoolSettings {
  /** The most connections of this process. */
  readonly max: number;
  /** Idle connections that stay open. */
  readonly min: number;
  /** Milliseconds after which an idle connection is closed; 0 for never. */
  readonly idleTimeoutMillis: number;
  /** Milliseconds that a caller waits for a connection; 0 for no limit. */
  readonly connectionTimeoutMillis: number;
  /** Seconds after which a connection is replaced; 0 for never. */
  readonly maxLifetimeSeconds: number;
  /** Milliseconds; 0 for the server's setting. Absent behind a pooler in transaction mode. */
  readonly statement_timeout?: number;
  /** Milliseconds; 0 for the server's setting. Absent behind a pooler in transaction mode. */
  readonly idle_in_transaction_session_timeout?: number;
  /** Milliseconds. A plan contains it only if you set it. */
  readonly lock_timeout?: number;
  readonly keepAlive?: boolean;
  readonly allowExitOnIdle: boolean;
  readonly application_name?: string;
}

/** Your pool options, which replace the planned ones. The plan lists them. */
export type PoolOverrides = { readonly [Name in keyof PoolSettings]?: PoolSettings[Name] | undefined };

// The largest value of setTimeout and of Postgres: 2^31 − 1 milliseconds.
const MILLIS: AcceptedNumber = { least: 0, most: 2_147_483_647, isWhole: true };

const NUMBERS = {
  max: { least: 1, most: 10_000, isWhole: true },
  min: { least: 0, most: 10_000, isWhole: true },
  idleTimeoutMillis: MILLIS,
  connectionTimeoutMillis: MILLIS,
  maxLifetimeSeconds: { least: 0, most: 2_147_483, isWhole: true },
  statement_timeout: MILLIS,
  idle_in_transaction_session_timeout: MILLIS,
  lock_timeout: MILLIS,
} as const;

const BOOLEANS = ['keepAlive', 'allowExitOnIdle'] as const;

/** @throws {PlanInputError} */
export function checkOverrides(overrides: PoolOverrides): void {
  const settingOf = (name: string): Setting => ({
    name: `limits.overrides.${name}`,
    source: 'given in code',
  });
  checkNumbers(overrides, NUMBERS, settingOf, [...BOOLEANS, 'application_name']);
  for (const name of BOOLEANS) {
    const value: unknown = overrides[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new PlanInputError(settingOf(name), `must be true or false, got ${shown(value)}`);
    }
  }
  const name: unknown = overrides.application_name;
  if (name !== undefined && typeof name !== 'string') {
    throw new PlanInputError(settingOf('application_name'), `must be a text, got ${shown(name)}`);
  }
  const { min, max } = overrides;
  if (min !== undefined && max !== undefined && min > max) {
    throw new PlanInputError(settingOf('min'), `must be at most max, which is ${max}, got ${min}`);
  }
}
