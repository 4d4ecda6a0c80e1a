import { Stamped } from '../../attachment';
import type { AcquireOperation, ConnectOperation, QueryClient } from '../../operation';
import type { Checkout, PoolState } from '../../pool-state';
import { Target } from '../../target';
import { weakly } from '../../weak';
import type { ListenedChannels } from './listening';
import type { PgClient } from './pg';

/** What is known of a client: where it leads, and who has checked it out. */
export interface ClientState extends QueryClient {
  readonly target: Target;
  /** The request its pool opens the connection for, until its setup begins. */
  openedFor: AcquireOperation | undefined;
  /** The server has reported `standard_conforming_strings` to be on at the setup, and nothing that was sent since changes it. */
  hasStandardStrings: boolean;
  /** The setup of its connection, while queries are taken before that has come to its end. */
  setup: ConnectOperation | undefined;
  /** Set while a caller of the pool holds the client. */
  checkout: Checkout | undefined;
  /** The notification channels of that caller. */
  channels: ListenedChannels | undefined;
  /** Seconds the present holder waited for it, until its first query reports them. */
  poolWaitSeconds: number | undefined;
}

/** Looked up at each query: an attachment with a class of its own. */
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
 * What a client has in common with every Proxy around it and every object derived from it: each client makes its own
 * in its constructor, and keeps it (pg lib/client.js, lib/native/client.js).
 */
const identityOf = (client: PgClient): object => client.connectionParameters ?? client;

export const isSameClient = (one: PgClient, other: PgClient): boolean =>
  identityOf(one) === identityOf(other);

/**
 * The target is what pg made of config, connection string and environment: its own fields
 * (pg lib/client.js, constructor), read once.
 */
export function clientState(client: PgClient, pool?: PoolState): ClientState {
  const identity = identityOf(client);
  let state = ClientStamp.get(identity);
  if (state === undefined || (pool !== undefined && state.pool !== pool)) {
    state = {
      target: Target.of(client),
      pool,
      reference: weakly(identity),
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
