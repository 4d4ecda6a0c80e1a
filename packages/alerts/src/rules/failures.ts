/**
 * Maps `error.type` of a failed connection attempt or request to a pool to a kind of failure, by regular expressions (RE2)
 * that match the whole value. A type that no expression matches is `other`. The types are listed in
 * docs/reference/telemetry.md, *Errors*.
 */
export const FAILURE_PATTERNS = {
  /** The server cannot be reached, or is still starting up (57P03). */
  refused:
    'ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|57P03|UND_ERR_SOCKET|connection_failed|connection_terminated',
  authentication: '28P01|28000|auth_token',
  timeout: 'timeout|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT',
  /** Too many connections to a server, role or database (53300), or to a Neon endpoint (429). */
  too_many: '53300|429',
};

export type Failure = keyof typeof FAILURE_PATTERNS | 'other';
const NAMED = Object.keys(FAILURE_PATTERNS) as (keyof typeof FAILURE_PATTERNS)[];
export const FAILURES: readonly Failure[] = [...NAMED, 'other'];

const COMPILED = NAMED.map((failure) => [failure, new RegExp(`^(?:${FAILURE_PATTERNS[failure]})$`)] as const);

export function failureOf(errorType: string): Failure {
  return COMPILED.find(([, pattern]) => pattern.test(errorType))?.[0] ?? 'other';
}
