import type { PgClient, PgQuery } from './pg';

/** The state of a client's queues before a call of `client.query`. */
export interface QueriesBefore {
  readonly active: PgQuery | null;
  readonly lastQueued: PgQuery | undefined;
  readonly lastSent: PgQuery | undefined;
  /** A new query has to wait for others, or for the connection. */
  readonly isBusy: boolean;
}

/** The state before most calls: shared, so that no object is created. */
const NONE: QueriesBefore = { active: null, lastQueued: undefined, lastSent: undefined, isBusy: false };

export function queriesBefore(client: PgClient): QueriesBefore {
  const active = activeQuery(client) ?? null;
  const lastQueued = last(queryQueue(client));
  const lastSent = last(client._sentQueryQueue);
  const isBusy = active !== null || lastQueued !== undefined || client._connected === false;
  return isBusy || lastSent !== undefined ? { active, lastQueued, lastSent, isBusy } : NONE;
}

/**
 * Finds the Query object that the call has created. It is the last one of a queue, or it was sent immediately. The
 * queues are checked first, because a call within the callback of a query may also have sent an older query of the
 * queue.
 */
export function createdQuery(client: PgClient, before: QueriesBefore): PgQuery | undefined {
  const queued = last(queryQueue(client));
  if (queued !== undefined && queued !== before.lastQueued) return queued;
  const sent = last(client._sentQueryQueue);
  if (sent !== undefined && sent !== before.lastSent) return sent;
  const active = activeQuery(client);
  return active && active !== before.active ? active : undefined;
}

/** Versions with the underscored names print a deprecation warning when the public names are read. */
export const activeQuery = (client: PgClient): PgQuery | null | undefined =>
  '_queryQueue' in client ? client._activeQuery : client.activeQuery;

const queryQueue = (client: PgClient): PgQuery[] | undefined =>
  '_queryQueue' in client ? client._queryQueue : client.queryQueue;

/** Faster than `at(-1)`, for which Node 20 calls a built-in function. Called up to four times per query. */
const last = (queries: readonly PgQuery[] | undefined): PgQuery | undefined =>
  queries === undefined || queries.length === 0 ? undefined : queries[queries.length - 1];
