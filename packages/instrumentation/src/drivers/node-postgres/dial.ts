import type { AcquireOperation } from '../../operation';
import type { PoolState } from '../../pool-state';
import type { PgClient } from './pg';

/** On whose behalf a connection is opened. */
interface Dial {
  readonly pool: PoolState;
  /** The request it is opened for; absent when the pool opens one of its own accord. */
  readonly acquire: AcquireOperation | undefined;
}

/**
 * Called with the client that is about to connect: only a client says where its pool leads, since pg alone makes
 * one answer of options, connection string and environment.
 */
export type ResolveDial = (client: PgClient) => Dial;

let current: ResolveDial | undefined;

/** pg-pool calls `client.connect` within `pool.newClient`: what is set around that call is read in this one. */
export const currentDial = (): ResolveDial | undefined => current;

export function dialling<Result>(dial: ResolveDial, open: () => Result): Result {
  const outer = current;
  current = dial;
  try {
    return open();
  } finally {
    current = outer;
  }
}
