import type { Telemetry } from '../../telemetry';
import { weakly } from '../../weak';
import { CallScope } from '../call-scope';
import { clientState, isSameClient } from './client-state';
import type { PgClient, PgPool } from './pg';
import { type PoolRequest, poolState } from './pool-request';

/** Calls of `pool.newClient`. */
export const openings = new CallScope<Opening>();

/**
 * A connection that a pool opens. pg-pool creates the client and calls its `connect` within `newClient`. In a subclass
 * that waits before it connects, the driver's `connect` runs after `newClient` has returned. The client is linked with
 * its pool when `connect` is called or `newClient` returns, whichever comes first.
 */
export class Opening {
  readonly #to: Telemetry;
  readonly #pool: PgPool;
  readonly request: PoolRequest | undefined;
  readonly #newestBefore: PgClient | undefined;
  #isLinked = false;

  /** @param request the request for which it is opened; absent when the pool opens a connection without a request */
  constructor(to: Telemetry, pool: PgPool, request: PoolRequest | undefined) {
    this.#to = to;
    this.#pool = pool;
    this.request = request;
    this.#newestBefore = pool._clients.at(-1);
  }

  /** `newClient` has returned or thrown. */
  returned(): void {
    const newest = this.#newest();
    if (newest !== undefined) this.#link(newest);
  }

  /** The driver's `connect` of a client was called: links the client if it is the one that is being opened. */
  static connecting(client: PgClient): void {
    const { current } = openings;
    if (current === undefined) return;
    const newest = current.#newest();
    if (newest !== undefined && isSameClient(newest, client)) current.#link(client);
  }

  #newest(): PgClient | undefined {
    const newest = this.#pool._clients.at(-1);
    return newest === this.#newestBefore ? undefined : newest;
  }

  #link(client: PgClient): void {
    if (this.#isLinked) return;
    this.#isLinked = true;
    const state = clientState(client, poolState(this.#to, this.#pool, client));
    state.options = weakly(this.#pool.options);
    state.openedFor = this.request?.begin(client);
  }
}
