import { knownClients } from './known-clients';
import type { PgClient } from './node-postgres/pg';
import { sessionOf as sessionOfPg } from './node-postgres/session';
import { PgSideClient } from './node-postgres/side-client';
import { ConnectionState } from './postgres-js/connection-state';
import { sessionOf as sessionOfPostgresJs } from './postgres-js/session';
import { PostgresJsSideClient } from './postgres-js/side-client';
import type { Session } from './session';
import type { SideClient } from './side-client';

/** Returns `undefined` for a client whose connection has been closed, and for an object that cannot be read. */
export function sessionOf(client: object): Session | undefined {
  try {
    return ConnectionState.isOne(client) ? sessionOfPostgresJs(client) : sessionOfPg(client as PgClient);
  } catch {
    // A test double, or a Proxy whose traps throw.
    return undefined;
  }
}

/**
 * Creates a client that connects as another client has connected: with its driver, credentials, TLS settings and
 * transport. Returns `undefined` if these cannot be known, as for a client with a stream that it got from the
 * application.
 */
export const sideClientLike = (client: object): SideClient | undefined =>
  ConnectionState.isOne(client) ? PostgresJsSideClient.like(client) : PgSideClient.like(client as PgClient);

/** Whether a client of this process, other than those that are being closed, has a session with this key. */
export function isInUse(key: string): boolean {
  for (const client of knownClients()) {
    const session = sessionOf(client);
    if (session?.key === key && !session.isEnding) return true;
  }
  return false;
}

/** The client of this process whose session has this process id; `undefined` if there is none, or more than one. */
export function clientOf(serverKey: string, pid: number, port: number | undefined): object | undefined {
  const found: object[] = [];
  for (const client of knownClients()) {
    const session = sessionOf(client);
    if (session?.pid !== pid || session.serverKey !== serverKey) continue;
    if (port !== undefined && session.port !== undefined && session.port !== port) continue;
    found.push(client);
  }
  return found.length === 1 ? found[0] : undefined;
}
