import { clientState } from '../node-postgres/client-state';
import { replaceConnect, type Setup, whenCalledBack } from '../node-postgres/connect';
import type { ClientClass, PgClient } from '../node-postgres/pg';
import { setupSteps } from './setup-phases';

/**
 * `connect` of Neon's client. By default it sends everything at once, and tells its caller that it is connected when
 * the WebSocket is open: before the server has looked at the password (src/client.ts, pipelineConnect). What the
 * Connection tells is the truth: it is ready at the first ready for query, and has failed at the first error before.
 */
export function patchNeonConnect(Client: ClientClass, checkTracedElsewhere: () => boolean): void {
  // Not before the call: it takes all listeners off the events that it answers itself.
  replaceConnect(Client, checkTracedElsewhere, { isUnderWay: follow });
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
  // Before the client's own listener, which goes on to the caller.
  steps.first(connection, 'readyForQuery', () => end(undefined));
  whenCalledBack(client, setup);
}
