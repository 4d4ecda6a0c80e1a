import type { EventEmitter } from 'node:events';
import type { ConnectOperation } from '../../operation';
import { hostOf, isAddress } from '../../target';
import type { PgClient } from '../node-postgres/pg';
import { CHALLENGES } from '../node-postgres/setup-phases';
import { SetupSteps } from '../setup-steps';

/** The socket of a WebSocket of the npm package `ws`. Node's own WebSocket does not expose its socket. */
interface DialledSocket extends EventEmitter {
  connecting?: boolean;
  encrypted?: boolean;
  remoteAddress?: string;
  remotePort?: number;
}

/** Neon's stream (src/shims/net): `ws` is set within the call of `connect`; `_req` is the request of the package `ws`. */
interface NeonStream extends EventEmitter {
  ws?: { _req?: EventEmitter | null; url?: string };
}

/** Follows the setup of a connection: the phases of the socket if it is accessible, otherwise the WebSocket as one phase. */
export function setupSteps(client: PgClient, operation: ConnectOperation): SetupSteps {
  const { connection } = client;
  const stream = connection?.stream as NeonStream | undefined;
  if (connection === undefined || stream === undefined) return new SetupSteps(operation, undefined);

  const request = stream.ws?._req;
  const steps = new SetupSteps(operation, request ? 'dns' : 'websocket');
  if (request) followSocket(steps, request, stream.ws?.url);
  steps.once(stream, 'connect', () => {
    // A user's agent may return a socket that is already connected and emits no events.
    if (steps.phase === 'dns' || steps.phase === 'tcp') steps.rename('websocket');
    steps.enter('startup');
  });
  for (const challenge of CHALLENGES) steps.once(connection, challenge, () => steps.enter('auth'));
  steps.once(connection, 'authenticationOk', () => steps.enter('ready'));
  return steps;
}

function followSocket(steps: SetupSteps, request: EventEmitter, url: string | undefined): void {
  const isSecure = url?.startsWith('wss:') === true;
  if (url !== undefined && isAddress(hostOf(new URL(url)))) steps.rename('tcp');
  steps.once(request, 'socket', (socket) => {
    const dialled = socket as DialledSocket;
    steps.once(dialled, 'lookup', (error) => {
      if (!error) steps.enter('tcp');
    });
    steps.once(dialled, 'connect', () => {
      steps.reached(dialled);
      if (steps.phase === 'dns') steps.rename('tcp');
      steps.enter(isSecure ? 'tls' : 'websocket');
    });
    if (isSecure) steps.once(dialled, 'secureConnect', () => steps.enter('websocket'));
  });
}
