import type { Route } from '../../diagnosis/contracts';
import type { Checkout } from '../../pool-state';
import { clientState } from './client-state';
import { knownClients } from './known-clients';
import type { PgClient } from './pg';

/** A client's session at the server. Valid only while the client is referenced. */
export interface Session {
  /** The process id that the server, or the pooler in between, has sent. `undefined` for `pg.native`. */
  readonly pid: number | undefined;
  /** The local port of its TCP connection. `undefined` for Unix sockets and WebSockets. */
  readonly port: number | undefined;
  /** The address to which its connection leads. `undefined` for Unix sockets and WebSockets. */
  readonly peer: string | undefined;
  /** Sessions with the same key have the same server, database and role. */
  readonly key: string;
  /** Sessions with the same key have the same server. */
  readonly serverKey: string;
  /** The caller that has checked it out of its pool. */
  readonly checkout: Checkout | undefined;
  readonly isPooled: boolean;
  /** Whether it is being closed. */
  readonly isEnding: boolean;
}

/** Addresses by which one host reaches itself. */
const LOOPBACK = ['127.0.0.1', '::1'];
/** The largest process id of Linux (`PID_MAX_LIMIT`). Poolers send random numbers, many of them larger or negative. */
const MAX_PID = 4_194_304;

/** Returns `undefined` for a client whose connection has been closed, and for an object that cannot be read. */
export function sessionOf(client: PgClient): Session | undefined {
  try {
    return readSession(client);
  } catch {
    // A test double, or a Proxy whose traps throw.
    return undefined;
  }
}

function readSession(client: PgClient): Session | undefined {
  if (client.connection?.stream?.destroyed === true) return undefined;
  const { target, checkout, pool } = clientState(client);
  const peer = peerOf(client);
  // The name of a server may resolve to several addresses.
  const serverKey = `${target.endpoint}\0${peer ?? ''}`;
  const { processID: pid } = client;
  return {
    pid: typeof pid === 'number' && pid > 0 && pid <= MAX_PID ? pid : undefined,
    port: socketOf(client).localPort,
    peer,
    key: `${serverKey}\0${target.namespace}\0${client.connectionParameters?.user}`,
    serverKey,
    checkout,
    isPooled: pool !== undefined,
    isEnding: client._ending === true,
  };
}

/** Whether a client of this process, other than those that are being closed, has a session with this key. */
export function isInUse(key: string): boolean {
  for (const client of knownClients()) {
    const session = sessionOf(client);
    if (session?.key === key && !session.isEnding) return true;
  }
  return false;
}

/** The client of this process whose session has this process id; `undefined` if there is none, or more than one. */
export function clientOf(serverKey: string, pid: number, port: number | undefined): PgClient | undefined {
  const found: PgClient[] = [];
  for (const client of knownClients()) {
    const session = sessionOf(client);
    if (session?.pid !== pid || session.serverKey !== serverKey) continue;
    if (port !== undefined && session.port !== undefined && session.port !== port) continue;
    found.push(client);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** What this process knows of a client's connection. */
export function routeOf(client: PgClient): Route {
  const { localPort: port, remotePort: peerPort } = socketOf(client);
  return { pid: client.processID ?? undefined, port, peer: peerOf(client), peerPort };
}

function peerOf(client: PgClient): string | undefined {
  const address = socketOf(client).remoteAddress?.replace(/^::ffff:/, '');
  return address !== undefined && LOOPBACK.includes(address) ? LOOPBACK[0] : address;
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
