import { now } from '../../clock';
import { ConnectOperation } from '../../operation';
import { type Telemetry, telemetry } from '../../telemetry';
import { ownFailure } from '../../warnings';
import type { Callback } from '../callback';
import { replaceMethod } from '../method';
import { settled } from '../settled';
import type { SetupSteps } from '../setup-steps';
import { clientState } from './client-state';
import { currentDial } from './dial';
import type { ClientClass, PgClient } from './pg';
import { setupSteps } from './setup-phases';

/** `client.connect`: each physical connection, whoever opens it. */
export function patchConnect(Client: ClientClass, isDoubled: () => boolean): void {
  replaceMethod(
    Client.prototype,
    'connect',
    (original) =>
      function connect(this: PgClient): unknown {
        const to = telemetry();
        // A client connects once; pg refuses the second call without touching the connection.
        const isFirst = this._connecting !== true && this._connected !== true;
        if (to === undefined || !isFirst) return Reflect.apply(original, this, arguments);
        const setup = beginSetup(to, this, isDoubled());
        if (setup !== undefined) setup.steps = stepsOf(this, setup.operation);
        let result: unknown;
        try {
          result = Reflect.apply(original, this, arguments);
        } catch (error) {
          setup?.end(error);
          throw error;
        }
        if (setup === undefined) return result;
        if (!isUnderWay(this)) return settled(result, (error) => setup.end(error));
        endWithCallback(this, setup);
        return result;
      },
  );
}

export interface Setup {
  readonly operation: ConnectOperation;
  /** Set where the driver tells of phases. */
  steps: SetupSteps | undefined;
  end(error: unknown): void;
}

export function beginSetup(to: Telemetry, client: PgClient, isTracedElsewhere: boolean): Setup | undefined {
  try {
    const dial = currentDial()?.(client);
    const pool = dial?.pool;
    const { target } = clientState(client, pool);
    const operation = new ConnectOperation(to, now(), target, { pool, asked: dial?.acquire });
    operation.isTracedElsewhere = isTracedElsewhere;
    operation.start();
    if (pool !== undefined) pool.connecting += 1;
    return {
      operation,
      steps: undefined,
      end(error) {
        if (operation.hasEnded) return;
        if (pool !== undefined) pool.connecting -= 1;
        this.steps?.finish();
        if (error) operation.failed(error);
        else operation.succeeded();
      },
    };
  } catch (error) {
    ownFailure('client.connect', error);
    return undefined;
  }
}

/** A user's own connection or stream may have no events to follow. */
function stepsOf(client: PgClient, operation: ConnectOperation): SetupSteps | undefined {
  try {
    return setupSteps(client, operation);
  } catch (error) {
    ownFailure('setup phases', error);
    return undefined;
  }
}

/**
 * A connection that could not even be tried (a port that is none) rejects the promise without the callback; pg
 * has not come to listen for the connection's end then (lib/client.js, `_connect`).
 */
function isUnderWay({ connection }: PgClient): boolean {
  return connection === undefined || connection.listenerCount('end') > 0;
}

/**
 * pg keeps the callback (its own, for a promise) on the client and calls it at the first ready or the first error,
 * whichever way that came (pg lib/client.js, `_connectionCallback`).
 */
function endWithCallback(client: PgClient, setup: Setup): void {
  const callback = client._connectionCallback;
  if (typeof callback !== 'function') {
    ownFailure('client.connect', new Error('this version of pg keeps its connection callback elsewhere'));
    return;
  }
  const { connection } = client;
  // A client that is ended while it connects is never called back (pg lib/client.js, `_connect`).
  const closed = (): void => setup.end(new Error('Connection terminated'));
  connection?.once('end', closed);
  const telling: Callback = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
    connection?.removeListener('end', closed);
    setup.end(error);
    return callback.call(this, error, ...rest);
  };
  client._connectionCallback = telling;
}
