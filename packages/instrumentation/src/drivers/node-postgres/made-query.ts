import type { PgClient, PgQuery } from './pg';

/** Where a client's queries stood before a call of `client.query`. */
export interface QueriesBefore {
  readonly active: PgQuery | null | undefined;
  readonly queued: number;
  readonly sent: number;
}

export const queriesBefore = (client: PgClient): QueriesBefore => ({
  active: activeQuery(client),
  queued: queryQueue(client)?.length ?? 0,
  sent: client._sentQueryQueue?.length ?? 0,
});

/**
 * The Query object that the call made: at the end of one of the two queues, or sent; never one already known. The last
 * one where a wrapper below us makes two of the call (the standard instrumentation's `SET application_name`).
 */
export function madeQuery(
  client: PgClient,
  before: QueriesBefore,
  isKnown: (query: PgQuery) => boolean,
): PgQuery | undefined {
  const queue = queryQueue(client);
  if (queue !== undefined && queue.length > before.queued) return queue[queue.length - 1];
  const active = activeQuery(client);
  if (active && active !== before.active && !isKnown(active)) return active;
  const sent = client._sentQueryQueue;
  return sent !== undefined && sent.length > before.sent ? sent[sent.length - 1] : undefined;
}

/** The public names print a deprecation warning when they are read, from the version on that has the underscored ones. */
const activeQuery = (client: PgClient): PgQuery | null | undefined =>
  '_queryQueue' in client ? client._activeQuery : client.activeQuery;

const queryQueue = (client: PgClient): PgQuery[] | undefined =>
  '_queryQueue' in client ? client._queryQueue : client.queryQueue;
