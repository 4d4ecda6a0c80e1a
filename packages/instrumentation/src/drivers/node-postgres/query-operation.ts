import { QueryOperation } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { clientState } from './client-state';
import type { PgClient } from './pg';

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
  const known =
    typeof query.name === 'string' ? client.connection?.parsedStatements?.[query.name] : undefined;
  return known ?? '';
}
