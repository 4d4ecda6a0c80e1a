import { PlanInputError, type Setting } from './input-error';
import { isNeonHost, poolerOf } from './server-kind';

/** How a connection string reaches the server. Never contains its user or password. */
export interface ConnectionTarget {
  readonly isNeon: boolean;
  /** The sign of a pooler in front of the server; undefined for a direct connection. */
  readonly pooledBy: string | undefined;
  /** Session settings in the URL, which `pg` sends in the startup message. */
  readonly sessionSettings: readonly string[];
}

const SESSION_SETTINGS = [
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'options',
  'search_path',
];

/** @throws {PlanInputError} without the URL, which contains the password */
export function readConnectionTarget(setting: Setting, text: string): ConnectionTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw new PlanInputError(
      setting,
      'must be a URL like postgres://user:password@host:5432/database (special characters of the password ' +
        'percent-encoded), got one that does not parse; it is not repeated here, it may hold a password',
    );
  }
  return {
    isNeon: isNeonHost(url.hostname),
    pooledBy:
      poolerOf(url.hostname, url.port) ??
      (url.searchParams.get('pgbouncer') === 'true' ? 'pgbouncer=true in the URL' : undefined),
    sessionSettings: SESSION_SETTINGS.filter((name) => url.searchParams.has(name)),
  };
}

/**
 * The same connection string without `-pooler` in its host. The text is edited, because a URL object would change the
 * encoding of the password.
 */
export function withoutPooler(text: string): string {
  return text.replace(/^(\w+:\/\/(?:[^/?#]*@)?[^./?#@:]+)-pooler\./i, '$1.');
}
