import type { PgPool } from '../pg-pool';

/**
 * Notices connection attempts of requests that have failed, which cause no event. pg-pool then replaces its list of
 * clients, as it does when it removes a client; and that causes an event, shortly after.
 */
export class FailedAttempts {
  readonly #pool: PgPool;
  #clients: PgPool['_clients'];
  #removed = 0;
  #hasUnexplainedChange = false;

  constructor(pool: PgPool) {
    this.#pool = pool;
    this.#clients = pool._clients;
  }

  /** The pool has removed a client. */
  removed(): void {
    this.#removed += 1;
  }

  /** To be called once a second. Returns whether an attempt has failed in the second before the last one. */
  tick(): boolean {
    const isExplained = this.#removed > 0;
    const hasFailed = this.#hasUnexplainedChange && !isExplained;
    this.#hasUnexplainedChange = this.#clients !== this.#pool._clients && !isExplained;
    this.#clients = this.#pool._clients;
    this.#removed = 0;
    return hasFailed;
  }
}
