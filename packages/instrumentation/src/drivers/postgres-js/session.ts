import { peerAt, processId, type Session, sessionKeys } from '../session';
import type { ConnectionState } from './connection-state';

/** Returns `undefined` for a connection that is closed, and for one that is not observed, such as one of a bundled driver. */
export function sessionOf({
  backend,
  instance,
  setup,
  target,
  checkout,
  pool,
}: ConnectionState): Session | undefined {
  if (backend === undefined || setup === undefined || setup.socket?.destroyed === true) return undefined;
  const { localPort: port, remoteAddress } = setup.socket ?? {};
  const peer = peerAt(remoteAddress);
  return {
    pid: processId(backend.pid),
    port,
    peer,
    ...sessionKeys(target, peer, instance?.options.user),
    checkout,
    isPooled: pool !== undefined,
    isEnding: false,
  };
}
