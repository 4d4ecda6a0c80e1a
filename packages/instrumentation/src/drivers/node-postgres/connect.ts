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
    beforeCall(client, setup) {
      setup.steps = setupSteps(client, setup.operation);
    },
    afterCall: endWithCallback,
  });
}

/** How the setup of a driver's connections is observed. */
interface Following {
  /** Called before the driver's method. */
  beforeCall?(client: PgClient, setup: Setup): void;
  /** Called when the driver's method has returned, and the connection is being opened. */
  afterCall(client: PgClient, setup: Setup): void;
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
        guarded('the setup of a connection', () => following.beforeCall?.(this, setup));
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
          if (!isOpening(this)) return false;
          following.afterCall(this, setup);
          return true;
        });
        if (isFollowed) return result;
        // A caller that passes a callback may ignore a returned promise. The rejection of a derived promise would then be
        // unhandled.
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

/** Returns `undefined` for a client that was connected before: pg rejects the second call without touching the connection. */
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
 * Whether pg has begun to open the connection. When it cannot (an invalid port), it rejects the promise and never calls
 * back. It then has no listener for the connection's end (lib/client.js, `_connect`).
 */
function isOpening({ connection }: PgClient): boolean {
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

/**
 * Reports when pg calls back. pg keeps the callback of `connect` on the client; for a promise, it is a callback of pg
 * (pg lib/client.js, `_connectionCallback`).
 */
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
