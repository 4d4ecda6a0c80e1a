import { QueryOperation } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { followListening } from '../listening';
import { clientState } from './client-state';
import type { PgClient, PgQuery } from './pg';

/** Creates the operation of a statement on a client, with the settings of the client and the waiting times of its caller. */
export function queryOperation(
  to: Telemetry,
  client: PgClient,
  startedAt: number,
  text: string,
  values: unknown,
): QueryOperation {
  const state = clientState(client);
  const bound = Array.isArray(values) && values.length > 0 ? values : undefined;
  const prepared = to.statements.get(text, state.hasStandardStrings).on(state.target);
  if (prepared.statement.changesStrings) state.hasStandardStrings = false;
  const operation = new QueryOperation(to, startedAt, prepared, state, bound);
  const { listening } = prepared.statement;
  if (listening !== undefined) followListening(operation, listening, state);
  if (client.pipeline === true) operation.addDetails({ isPipelined: true });
  if (state.setup !== undefined) operation.addDetails({ pendingSetup: state.setup });
  if (state.poolWaitSeconds !== undefined) {
    operation.poolWaitSeconds = state.poolWaitSeconds;
    state.poolWaitSeconds = undefined;
  }
  return operation;
}

/** The text of a query. A named statement may be executed again by its name alone; the connection keeps its text. */
export function textOf(client: PgClient, query: { text?: unknown; name?: unknown }): string {
  if (typeof query.text === 'string') return query.text;
  if (typeof query.name !== 'string') return '';
  const known = client.connection?.parsedStatements ?? client.namedQueries ?? {};
  // The driver keeps the texts in an ordinary object, which inherits `constructor` and other names.
  const text = Object.hasOwn(known, query.name) ? known[query.name] : undefined;
  return typeof text === 'string' ? text : '';
}

/**
 * Reports a query that pg rejected without queueing it. pg passes the error to the Query object in the next tick, but
 * this object cannot be found here.
 */
export function refused(
  to: Telemetry,
  client: PgClient,
  startedAt: number,
  config: unknown,
  values: unknown,
  isTracedElsewhere: boolean,
): void {
  const message = refusal(client, config);
  if (message === undefined) throw new Error('this version of pg keeps its queries elsewhere');
  const statement = typeof config === 'string' ? { text: config, values: undefined } : (config as PgQuery);
  const bound = Array.isArray(values) ? values : statement.values;
  const operation = queryOperation(to, client, startedAt, textOf(client, statement), bound);
  operation.isTracedElsewhere = isTracedElsewhere;
  operation.start().failed(new Error(message));
}

/** pg's message for the rejection (pg lib/client.js, `query`). */
function refusal(client: PgClient, config: unknown): string | undefined {
  if (client.pipeline === true && (config as { rows?: unknown }).rows) {
    return 'The `rows` option is not supported in pipeline mode';
  }
  if (client._queryable === false) return 'Client has encountered a connection error and is not queryable';
  return client._ending === true ? 'Client was closed and is not queryable' : undefined;
}
