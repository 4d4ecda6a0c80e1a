import { QueryOperation } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { clientState } from './client-state';
import { followListening } from './listening';
import type { PgClient, PgQuery } from './pg';

/** The operation of a statement on a client, with what the client knows of the way there. */
export function queryOperation(
  to: Telemetry,
  client: PgClient,
  startedAt: number,
  text: string,
  values: unknown,
): QueryOperation {
  const state = clientState(client);
  const bound = Array.isArray(values) && values.length > 0 ? values : undefined;
  const prepared = to.statements.get(text).on(state.target);
  if (prepared.statement.changesListening) followListening(state, prepared.statement);
  const operation = new QueryOperation(to, startedAt, prepared, state, bound);
  if (client.pipeline === true) operation.isPipelined = true;
  if (state.setup !== undefined) operation.pendingSetup = state.setup;
  if (state.poolWaitSeconds !== undefined) {
    operation.poolWaitSeconds = state.poolWaitSeconds;
    state.poolWaitSeconds = undefined;
  }
  return operation;
}

/** A named statement may be executed again by its name alone; the connection remembers its text. */
export function textOf(client: PgClient, query: { text?: unknown; name?: unknown }): string {
  if (typeof query.text === 'string') return query.text;
  if (typeof query.name !== 'string') return '';
  const known = client.connection?.parsedStatements ?? client.namedQueries;
  return known?.[query.name] ?? '';
}

/**
 * A client that is closed or lost makes a Query object that nobody sees, and fails it in the next tick with one
 * of two messages (pg lib/client.js, query): the outcome is known already.
 */
export function refused(
  to: Telemetry,
  client: PgClient,
  startedAt: number,
  config: unknown,
  values: unknown,
  isTracedElsewhere: boolean,
): void {
  const message =
    client._queryable === false
      ? 'Client has encountered a connection error and is not queryable'
      : 'Client was closed and is not queryable';
  if (client._queryable !== false && client._ending !== true) {
    throw new Error('this version of pg keeps its queries elsewhere');
  }
  const statement = typeof config === 'string' ? { text: config, values: undefined } : (config as PgQuery);
  const bound = Array.isArray(values) ? values : statement.values;
  const operation = queryOperation(to, client, startedAt, textOf(client, statement), bound);
  operation.isTracedElsewhere = isTracedElsewhere;
  operation.start().failed(new Error(message));
}
