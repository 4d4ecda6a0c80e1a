import type { Route } from '../../diagnosis/contracts';
import { peerAt, processId, type Session, sessionKeys } from '../session';
import { clientState } from './client-state';
import type { PgClient } from './pg';

/** Returns `undefined` for a client whose connection has been closed. Throws for an object that cannot be read. */
export function sessionOf(client: PgClient): Session | undefined {
  if (client.connection?.stream?.destroyed === true) return undefined;
  const { target, checkout, pool } = clientState(client);
  const { localPort: port, remoteAddress } = socketOf(client);
  const peer = peerAt(remoteAddress);
  return {
    pid: processId(client.processID),
    port,
    peer,
    ...sessionKeys(target, peer, client.connectionParameters?.user),
    checkout,
    isPooled: pool !== undefined,
    isEnding: client._ending === true,
  };
}

/** What this process knows of a client's connection. */
export function routeOf(client: PgClient): Route {
  const { localPort: port, remotePort: peerPort, remoteAddress } = socketOf(client);
  return { pid: client.processID ?? undefined, port, peer: peerAt(remoteAddress), peerPort };
}

/** The addresses of the client's TCP connection. Those of a WebSocket are not the server's. */
function socketOf(client: PgClient): {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localPort?: number;
} {
  if ('neonConfig' in client) return {};
  return client.connection?.stream ?? {};
}
