import { telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import { replaceMethod } from '../method';
import { clientState } from '../node-postgres/client-state';
import { beginSetup, type Setup } from '../node-postgres/connect';
import type { ClientClass, PgClient } from '../node-postgres/pg';
import { setupSteps } from './setup-phases';

/**
 * `connect` of Neon's client. By default it sends everything at once, and tells its caller that it is connected when
 * the WebSocket is open: before the server has looked at the password (src/client.ts, pipelineConnect). What the
 * Connection tells is the truth: it is ready at the first ready for query, and has failed at the first error before.
 */
export function patchNeonConnect(Client: ClientClass, isDoubled: () => boolean): void {
  replaceMethod(
    Client.prototype,
    'connect',
    (original) =>
      function connect(this: PgClient): unknown {
        const to = telemetry();
        const isFirst = this._connecting !== true && this._connected !== true;
        if (to === undefined || !isFirst) return Reflect.apply(original, this, arguments);
        const setup = beginSetup(to, this, isDoubled());
        let result: unknown;
        try {
          result = Reflect.apply(original, this, arguments);
        } catch (error) {
          setup?.end(error);
          throw error;
        }
        // Not before: the call takes all listeners off the events that it answers itself.
        if (setup !== undefined) follow(this, setup);
        return result;
      },
  );
}

function follow(client: PgClient, setup: Setup): void {
  try {
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
    steps.once(connection, 'errorMessage', (message) => end(message));
    steps.once(connection, 'error', (error) => end(error));
    steps.once(connection, 'end', () => end(new Error('Connection terminated unexpectedly')));
    // Before the client's own listener, which goes on to the caller.
    steps.first(connection, 'readyForQuery', () => end(undefined));
  } catch (error) {
    ownFailure('client.connect of Neon', error);
    setup.end(undefined);
  }
}
