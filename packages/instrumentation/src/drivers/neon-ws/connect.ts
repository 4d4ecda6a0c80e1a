import { clientState } from '../node-postgres/client-state';
import { replaceConnect, type Setup, whenCalledBack } from '../node-postgres/connect';
import type { ClientClass, PgClient } from '../node-postgres/pg';
import { setupSteps } from './setup-phases';

/**
 * Patches `connect` of Neon's client. By default it sends all messages at once, and calls its caller back when the
 * WebSocket is open, before the server has checked the password (src/client.ts, pipelineConnect). Therefore the events
 * of the Connection decide: the first `readyForQuery` is a success, and an earlier error is a failure.
 */
export function patchNeonConnect(Client: ClientClass, checkTracedElsewhere: () => boolean): void {
  // Listeners are added after `connect` has run, because it removes all listeners of the events that it handles
  // itself.
  replaceConnect(Client, checkTracedElsewhere, { afterCall: follow });
}

function follow(client: PgClient, setup: Setup): void {
  const { connection } = client;
  if (connection === undefined) throw new Error('this version of Neon keeps its connection elsewhere');
  const state = clientState(client);
  const end = (error: unknown): void => {
    state.setup = undefined;
    setup.end(error);
  };
  const steps = setupSteps(client, setup.operation);
  setup.steps = steps;
  state.setup = setup.operation;
  steps.once(connection, 'errorMessage', end);
  steps.once(connection, 'error', end);
  steps.once(connection, 'end', () => end(new Error('Connection terminated unexpectedly')));
  // Before the client's own listener, which calls the caller.
  steps.first(connection, 'readyForQuery', () => end(undefined));
  whenCalledBack(client, setup);
}
