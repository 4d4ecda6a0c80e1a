import type { Checkout } from '../pool-state';
import type { Target } from '../target';

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

export const processId = (sent: unknown): number | undefined =>
  typeof sent === 'number' && sent > 0 && sent <= MAX_PID ? sent : undefined;

/** @param remoteAddress of the socket */
export function peerAt(remoteAddress: string | undefined): string | undefined {
  const address = remoteAddress?.replace(/^::ffff:/, '');
  return address !== undefined && LOOPBACK.includes(address) ? LOOPBACK[0] : address;
}

export function sessionKeys(
  target: Target,
  peer: string | undefined,
  user: unknown,
): Pick<Session, 'key' | 'serverKey'> {
  // The name of a server may resolve to several addresses.
  const serverKey = `${target.endpoint}\0${peer ?? ''}`;
  return { key: `${serverKey}\0${target.namespace}\0${user}`, serverKey };
}
