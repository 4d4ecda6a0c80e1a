import { isNeonHost, poolerOf } from '@pg-otel/pool-sizing';
import type { PgClient, PgPool } from './pg-pool';

/** The server that a pool connects to, as its driver has read the settings. */
export interface Server {
  /** Host or path of a Unix socket; empty when it is not known. */
  readonly address: string;
  /** Absent for a Unix socket. */
  readonly port: number | undefined;
  /** The database; absent when it is not known. */
  readonly namespace: string | undefined;
  readonly isNeon: boolean;
  /** The sign of a pooler in transaction mode in front of the server; absent for a direct connection. */
  readonly pooledBy: string | undefined;
}

/**
 * Reads the server from a client of the pool, because only the driver knows how it combines connection string, options
 * and environment. Creates a client that never connects when the pool has none.
 */
export function serverOf(pool: PgPool): Server {
  const client = pool._clients[0] ?? unconnected(pool);
  const address = client?.host ?? '';
  const port = address.startsWith('/') ? undefined : (client?.port ?? undefined);
  return {
    address,
    port,
    namespace: client?.database ?? undefined,
    isNeon: isNeonHost(address),
    pooledBy:
      poolerOf(address, port) ??
      (/[?&]pgbouncer=true/.test(pool.options.connectionString ?? '')
        ? 'pgbouncer=true in the URL'
        : undefined),
  };
}

function unconnected(pool: PgPool): PgClient | undefined {
  try {
    return new pool.Client(pool.options);
  } catch {
    // The same error reaches the application when it connects.
    return undefined;
  }
}
