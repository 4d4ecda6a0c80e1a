import { FAILURES, type Failure } from './rule';

/**
 * Maps `error.type` of a failed connection to a kind of failure, by regular expressions (RE2) that match the whole value.
 * A type that no expression matches is `other`. The types are listed in docs/reference/telemetry.md, *Errors*.
 */
export const FAILURE_PATTERNS: Readonly<Record<Exclude<Failure, 'other'>, string>> = {
  /** The server cannot be reached, or is still starting up (57P03). */
  refused:
    'ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|57P03|UND_ERR_SOCKET|connection_failed|connection_terminated',
  authentication: '28P01|28000|auth_token',
  timeout: 'timeout|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT',
  /** Too many connections to a server, role or database (53300), or to a Neon endpoint (429). */
  too_many: '53300|429',
};

const COMPILED = Object.entries(FAILURE_PATTERNS).map(
  ([failure, pattern]) => [failure, new RegExp(`^(?:${pattern})$`)] as const,
);

export function failureOf(errorType: string): Failure {
  const name = COMPILED.find(([, pattern]) => pattern.test(errorType))?.[0];
  return FAILURES.find((failure) => failure === name) ?? 'other';
}
