import { Stamped } from '../../attachment';
import type { ConnectOperation, QueryClient } from '../../operation';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import { weakly } from '../../weak';
import type { PgClient } from './pg';

/** What is known of a client: where it leads, and whose hands it is in. */
export interface ClientState extends QueryClient {
  readonly target: Target;
  /** The setup of its connection, while queries are taken before that has come to its end. */
  setup: ConnectOperation | undefined;
  /** Set while a caller of the pool holds the client. */
  checkout: Checkout | undefined;
  /** Seconds the present holder waited for it, until its first query tells them. */
  poolWaitSeconds: number | undefined;
}

/** Asked for at each query: an attachment with a class of its own. */
class ClientStamp extends Stamped {
  #state: ClientState;
  constructor(client: PgClient, state: ClientState) {
    super(client);
    this.#state = state;
  }
  static get(client: object): ClientState | undefined {
    return #state in client ? client.#state : undefined;
  }
  static set(client: PgClient, state: ClientState): void {
    if (#state in client) (client as unknown as ClientStamp).#state = state;
    else new ClientStamp(client, state);
  }
}

/**
 * The target is what pg made of config, connection string and environment: its own fields
 * (pg lib/client.js, constructor), read once.
 */
export function clientState(client: PgClient, pool?: PoolState): ClientState {
  let state = ClientStamp.get(client);
  if (state === undefined || (pool !== undefined && state.pool !== pool)) {
    state = {
      target: Target.of(client),
      pool,
      reference: weakly(client),
      setup: undefined,
      checkout: undefined,
      poolWaitSeconds: undefined,
    };
    ClientStamp.set(client, state);
  }
  return state;
}
