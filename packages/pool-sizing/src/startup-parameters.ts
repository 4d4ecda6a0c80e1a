import type { PoolSettings } from './pool-settings';

/** Settings that `pg` sends in the startup message, unless they are 0. */
const SENT_AT_STARTUP = ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout'] as const;

export type StartupParameter = (typeof SENT_AT_STARTUP)[number];

export function startupParameters(settings: Partial<PoolSettings>): StartupParameter[] {
  return SENT_AT_STARTUP.filter((name) => (settings[name] ?? 0) > 0);
}

/** The SQL that sets the parameter for all sessions of a role, regardless of the client. */
export function roleSetting(name: StartupParameter, milliseconds: number): string {
  return `ALTER ROLE … SET ${name} = '${milliseconds}ms'`;
}
