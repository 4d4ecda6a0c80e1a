import { Pool, type PoolClient } from 'pg';
import type { Login } from './login';
import type { PostgresAddress } from './postgres-address';
import { PostgresClient } from './postgres-client';

/** Removes the session state that a request leaves behind: client.rs, reset_session_background. */
const RESET_SESSION = `
  ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DEALLOCATE ALL; UNLISTEN *;
  SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES`;

/** A connection for one request. */
export interface Lease {
  readonly client: PostgresClient;
  /** Returns the connection; without `reusable` it is closed. */
  release(reusable: boolean): void;
}

/** The connections of HTTP requests, in one pool for each login. */
export class HttpConnections {
  readonly #pools = new Map<string, Pool>();
  readonly #resets = new WeakMap<PostgresClient, Promise<boolean>>();

  constructor(
    private readonly address: Required<PostgresAddress>,
    private readonly max: number,
  ) {}

  /** @throws the error of pg when it cannot connect */
  async acquire(login: Login): Promise<Lease> {
    const key = JSON.stringify([login.user, login.password, login.parameters]);
    const pool = this.#pools.get(key) ?? this.#open(key, login);
    for (;;) {
      const pooled = await pool.connect().catch((error: unknown): never => {
        this.#forgetIfUnused(key, pool);
        throw error;
      });
      const client = pooled as unknown as PostgresClient;
      const isReady = (await this.#resets.get(client)) ?? true;
      if (isReady) return { client, release: (reusable) => this.#release(pooled, reusable) };
      pooled.release(true);
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  #open(key: string, login: Login): Pool {
    const { address } = this;
    const pool = new Pool({
      max: this.max,
      allowExitOnIdle: true,
      Client: class extends PostgresClient {
        constructor() {
          super(address, login);
        }
      },
    });
    // The pool replaces a lost idle connection.
    pool.on('error', () => {});
    pool.on('remove', () => this.#forgetIfUnused(key, pool));
    this.#pools.set(key, pool);
    return pool;
  }

  #release(pooled: PoolClient, reusable: boolean): void {
    const client = pooled as unknown as PostgresClient;
    if (reusable) {
      // Returned before the reset ends, so that the next request waits for this connection and opens no other.
      const reset = client.query(RESET_SESSION).then(
        () => true,
        () => false,
      );
      this.#resets.set(client, reset);
    }
    pooled.release(!reusable);
  }

  #forgetIfUnused(key: string, pool: Pool): void {
    if (pool.totalCount + pool.waitingCount === 0 && this.#pools.get(key) === pool) this.#pools.delete(key);
  }
}
