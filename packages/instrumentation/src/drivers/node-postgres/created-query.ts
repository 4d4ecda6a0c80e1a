import type { PgClient, PgQuery } from './pg';

/** Where a client's queries stood before a call of `client.query`. */
export interface QueriesBefore {
  readonly active: PgQuery | null;
  readonly lastQueued: PgQuery | undefined;
  readonly lastSent: PgQuery | undefined;
  /** A query that is made now has to wait: for others, or for the connection. The first one of a pool's has not. */
  readonly isBusy: boolean;
}

/** Of most calls: shared, so that they make none. */
const NONE: QueriesBefore = { active: null, lastQueued: undefined, lastSent: undefined, isBusy: false };

export function queriesBefore(client: PgClient): QueriesBefore {
  const active = activeQuery(client) ?? null;
  const lastQueued = last(queryQueue(client));
  const lastSent = last(client._sentQueryQueue);
  const isBusy = active !== null || lastQueued !== undefined || client._connected === false;
  return isBusy || lastSent !== undefined ? { active, lastQueued, lastSent, isBusy } : NONE;
}

/**
 * The Query object that the call made: at the end of one of the two queues, or sent at once. The call may also have
 * sent the one at the head of the queue, which is another one when it was made in the callback of a query.
 */
export function createdQuery(client: PgClient, before: QueriesBefore): PgQuery | undefined {
  const queued = last(queryQueue(client));
  if (queued !== undefined && queued !== before.lastQueued) return queued;
  const sent = last(client._sentQueryQueue);
  if (sent !== undefined && sent !== before.lastSent) return sent;
  const active = activeQuery(client);
  return active && active !== before.active ? active : undefined;
}

/** The public names print a deprecation warning when they are read, from the version on that has the underscored ones. */
const activeQuery = (client: PgClient): PgQuery | null | undefined =>
  '_queryQueue' in client ? client._activeQuery : client.activeQuery;

const queryQueue = (client: PgClient): PgQuery[] | undefined =>
  '_queryQueue' in client ? client._queryQueue : client.queryQueue;

/** Node 20 calls a built-in function for `at(-1)`, up to four times per query. */
const last = (queries: readonly PgQuery[] | undefined): PgQuery | undefined =>
  queries === undefined || queries.length === 0 ? undefined : queries[queries.length - 1];
