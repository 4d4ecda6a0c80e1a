import { Stamped } from '../../attachment';
import type { AcquireOperation, ConnectOperation, QueryClient } from '../../operation';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import { weakly } from '../../weak';
import { rememberClient } from '../known-clients';
import type { ListenedChannels } from '../listening';
import type { PgClient } from './pg';

/** The state of a client: its target, its settings and its checkout. */
export interface ClientState extends QueryClient {
  readonly target: Target;
  readonly client: WeakRef<PgClient> | undefined;
  /** The options from which its pool created it. */
  options: WeakRef<object> | undefined;
  /** The request for which its pool opens the connection, until the setup begins. */
  openedFor: AcquireOperation | undefined;
  /** The server reported `standard_conforming_strings` as on during the setup, and no later statement may have changed it. */
  hasStandardStrings: boolean;
  /** The unfinished setup of its connection, for a client that accepts queries before the setup has ended. */
  setup: ConnectOperation | undefined;
  /** Set while a caller of the pool holds the client. */
  checkout: Checkout | undefined;
  /** The notification channels that this caller listens to. */
  channels: ListenedChannels | undefined;
  /** Seconds that the caller waited for the client. Unset once the first query of the checkout has taken them over. */
  poolWaitSeconds: number | undefined;
}

/** The state is read for each query. V8 reads a private field of a class faster than an attachment. */
class ClientStamp extends Stamped {
  #state: ClientState;
  constructor(identity: object, state: ClientState) {
    super(identity);
    this.#state = state;
  }
  static get(identity: object): ClientState | undefined {
    return #state in identity ? identity.#state : undefined;
  }
  static set(identity: object, state: ClientState): void {
    if (#state in identity) (identity as unknown as ClientStamp).#state = state;
    else new ClientStamp(identity, state);
  }
}

/**
 * Returns the object that identifies a client. Proxies around the client and objects derived from it share this object.
 * The client creates it in its constructor and never replaces it (pg lib/client.js, lib/native/client.js).
 */
const identityOf = (client: PgClient): object => client.connectionParameters ?? client;

export const isSameClient = (one: PgClient, other: PgClient): boolean =>
  identityOf(one) === identityOf(other);

/**
 * The state of a client. Its target is read once from the client's fields, which pg computes from configuration,
 * connection string and environment (pg lib/client.js, constructor).
 */
export function clientState(client: PgClient, pool?: PoolState): ClientState {
  const identity = identityOf(client);
  let state = ClientStamp.get(identity);
  if (state === undefined || (pool !== undefined && state.pool !== pool)) {
    const known = state?.client ?? weakly(client);
    if (state === undefined) rememberClient(known);
    state = {
      target: Target.of(client),
      pool,
      reference: weakly(identity),
      client: known,
      options: undefined,
      openedFor: undefined,
      hasStandardStrings: false,
      setup: undefined,
      checkout: undefined,
      channels: undefined,
      poolWaitSeconds: undefined,
    };
    ClientStamp.set(identity, state);
  }
  return state;
}
