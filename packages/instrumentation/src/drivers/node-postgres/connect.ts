import { now } from '../../clock';
import { ConnectOperation } from '../../operation';
import { type Telemetry, telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { guarded } from '../guarded';
import { replaceMethod } from '../method';
import { settled } from '../settled';
import type { SetupSteps } from '../setup-steps';
import { clientState } from './client-state';
import { Opening } from './opening';
import { readParameterStatus } from './parameter-status';
import type { ClientClass, PgClient } from './pg';
import { setupSteps } from './setup-phases';

/** Patches `client.connect`, which opens every physical connection. */
export function patchConnect(Client: ClientClass, checkTracedElsewhere: () => boolean): void {
  replaceConnect(Client, checkTracedElsewhere, {
    called(client, setup) {
      setup.steps = setupSteps(client, setup.operation);
    },
    isUnderWay: endWithCallback,
  });
}

/** How the setup of a driver's connections is observed. */
interface Following {
  /** Called before the driver's method. */
  called?(client: PgClient, setup: Setup): void;
  /** Called when the method has returned, and the connection is being opened. */
  isUnderWay(client: PgClient, setup: Setup): void;
}

export function replaceConnect(
  Client: ClientClass,
  checkTracedElsewhere: () => boolean,
  following: Following,
): void {
  replaceMethod(
    Client.prototype,
    'connect',
    (original) =>
      function connect(this: PgClient, callback?: unknown): unknown {
        const to = telemetry();
        const setup = to && guarded('client.connect', () => beginSetup(to, this, checkTracedElsewhere()));
        if (setup === undefined) return Reflect.apply(original, this, arguments);
        guarded('the setup of a connection', () => following.called?.(this, setup));
        setup.stopReading = guarded('the settings of a connection', () => readParameterStatus(this));
        let result: unknown;
        try {
          result = setup.operation.whileOpening(original, this, arguments);
        } catch (error) {
          setup.end(error);
          throw error;
        }
        // A user's connection or stream, or a test double, may have no events.
        const isFollowed = guarded('the setup of a connection', () => {
          if (!isUnderWay(this)) return false;
          following.isUnderWay(this, setup);
          return true;
        });
        if (isFollowed) return result;
        // A caller that is called back may leave a promise unhandled, and one derived from it, too.
        if (typeof callback === 'function') {
          setup.end(undefined);
          return result;
        }
        return settled(
          result,
          () => setup.end(undefined),
          (error) => setup.end(error),
        );
      },
  );
}

export interface Setup {
  readonly operation: ConnectOperation;
  /** Set when the driver's events show the phases. */
  steps: SetupSteps | undefined;
  /** Removes the listener for the settings that the server reports. */
  stopReading: (() => void) | undefined;
  end(error: unknown): void;
}

/** `undefined` for a client that was connected before: pg rejects the second call without touching the connection. */
export function beginSetup(to: Telemetry, client: PgClient, isTracedElsewhere: boolean): Setup | undefined {
  if (client._connecting === true || client._connected === true) return undefined;
  try {
    Opening.connecting(client);
    const state = clientState(client);
    const { target, pool, openedFor: request } = state;
    state.openedFor = undefined;
    const operation = new ConnectOperation(to, now(), target, { pool, request });
    operation.isTracedElsewhere = isTracedElsewhere;
    operation.start();
    return {
      operation,
      steps: undefined,
      stopReading: undefined,
      end(error) {
        if (operation.hasEnded) return;
        this.stopReading?.();
        this.stopReading = undefined;
        this.steps?.finish();
        if (error) operation.failed(error);
        else operation.succeeded();
      },
    };
  } catch (error) {
    logInternalError('client.connect', error);
    return undefined;
  }
}

/**
 * A connection that pg cannot even try to open (an invalid port) rejects the promise without the callback; pg does not
 * listen for the connection's end then (lib/client.js, `_connect`).
 */
function isUnderWay({ connection }: PgClient): boolean {
  return connection === undefined || connection.listenerCount('end') > 0;
}

/**
 * pg calls back when the connection is first ready, or at the first error. It never calls back for a client that is ended
 * while it connects (pg lib/client.js, `_connect`).
 */
function endWithCallback(client: PgClient, setup: Setup): void {
  const { connection } = client;
  const closed = (): void => {
    guarded('the setup of a connection', () => setup.end(new Error('Connection terminated')));
  };
  whenCalledBack(client, setup, (error) => {
    setup.end(error);
    connection?.removeListener('end', closed);
  });
  connection?.once('end', closed);
}

/** pg keeps the callback of `connect` (its own, for a promise) on the client (pg lib/client.js, `_connectionCallback`). */
export function whenCalledBack(client: PgClient, setup: Setup, report?: (error: unknown) => void): void {
  const callback = client._connectionCallback;
  if (typeof callback !== 'function') {
    throw new Error('this version of pg keeps its connection callback elsewhere');
  }
  client._connectionCallback = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
    guarded('the setup of a connection', () => report?.(error));
    return setup.operation.whenOpen(() => Reflect.apply(callback, this, [error, ...rest]));
  };
}
