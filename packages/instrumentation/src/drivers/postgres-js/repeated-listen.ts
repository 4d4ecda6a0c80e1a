import type { PostgresQuery } from './postgres';

/**
 * Whether this is the query with which the driver listens again after its connection for `listen` has closed. The driver
 * does so too when the application has ended the instance, and then rejects its own query (src/index.js, listen).
 */
export function listensAfterEnd({ state, tagged, strings }: PostgresQuery, error: unknown): boolean {
  return (
    state === null &&
    tagged &&
    strings[0] === 'listen ' &&
    (error as { code?: unknown } | undefined)?.code === 'CONNECTION_ENDED'
  );
}
