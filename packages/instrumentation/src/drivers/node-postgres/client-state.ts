import { attachment } from '../../attachment';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import type { PgClient } from './pg';

/** What is known of a client: where it leads, and whose hands it is in. */
export interface ClientState {
  readonly target: Target;
  readonly pool: PoolState | undefined;
  /** Set while a caller of the pool holds the client. */
  checkout: Checkout | undefined;
  /** Seconds the present holder waited for it, until its first query tells them. */
  poolWaitSeconds: number | undefined;
}

const states = attachment<PgClient, ClientState>();

/**
 * The target is what pg made of config, connection string and environment: its own fields
 * (pg lib/client.js, constructor), read once.
 */
export function clientState(client: PgClient, pool?: PoolState): ClientState {
  let state = states.get(client);
  if (state === undefined || (pool !== undefined && state.pool !== pool)) {
    state = { target: Target.of(client), pool, checkout: undefined, poolWaitSeconds: undefined };
    states.set(client, state);
  }
  return state;
}
