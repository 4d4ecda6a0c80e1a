import { FAILURES, type Failure } from './rule';

/**
 * The meaning of the `error.type` of a connection that failed: regular expressions (RE2, whole value) for all but
 * `other`, which is any type that none of them matches. The types: docs/reference/telemetry.md, *Errors*.
 */
export const FAILURE_PATTERNS: Readonly<Record<Exclude<Failure, 'other'>, string>> = {
  /** The server cannot be reached, or does not accept connections yet (57P03: it starts up). */
  refused:
    'ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT|57P03|UND_ERR_SOCKET|connection_failed|connection_terminated',
  authentication: '28P01|28000|auth_token',
  timeout: 'timeout|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT',
  /** Of the server (53300), of a role or database, or of Neon's endpoint (429). */
  too_many: '53300|429',
};

const COMPILED = Object.entries(FAILURE_PATTERNS).map(
  ([failure, pattern]) => [failure, new RegExp(`^(?:${pattern})$`)] as const,
);

export function failureOf(errorType: string): Failure {
  const name = COMPILED.find(([, pattern]) => pattern.test(errorType))?.[0];
  return FAILURES.find((failure) => failure === name) ?? 'other';
}
