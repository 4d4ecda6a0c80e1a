import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '@pg-otel/instrumentation/channels';
import { type Client, Pool, type PoolConfig } from 'pg';
import { managePool, type PoolManager, type PoolOptions, poolManager } from '../src';

/** Options of `retry` that outlast each outage of a test. */
export const PATIENT = { maxAttempts: 100, deadlineMillis: 600_000, budget: Number.POSITIVE_INFINITY };

/** A managed pool under test. */
export interface Managed {
  readonly pool: Pool;
  readonly manager: PoolManager;
  /** Messages of the errors that the pool has emitted. */
  readonly errors: string[];
  /** Ends the pool, also one whose server is gone. */
  end(): Promise<void>;
}

export function managed(config: PoolConfig, options: PoolOptions = {}): Managed {
  const pool = managePool(new Pool({ idleTimeoutMillis: 0, ...config }), options);
  const errors: string[] = [];
  pool.on('error', (error) => errors.push(error.message));
  // A test may kill a connection that it has checked out.
  pool.on('connect', (client) => client.on('error', () => {}));
  return {
    pool,
    manager: poolManager(pool) as PoolManager,
    errors,
    async end() {
      if (!pool.ended && !pool.ending) await pool.end();
    },
  };
}

/** Opens this many connections of a pool, and leaves them idle. */
export async function openConnections(pool: Pool, count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  for (const client of clients) client.release();
}

/** The process ids of the backends of a pool's idle connections. */
export async function backends(pool: Pool): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: pool.idleCount }, () => pool.connect()));
  for (const client of clients) client.release();
  return clients.map((client) => (client as unknown as { processID: number }).processID);
}

/** What is published on a channel, until `stop`. */
export function published(name: keyof typeof CHANNELS): {
  readonly messages: Record<string, unknown>[];
  stop(): void;
} {
  const messages: Record<string, unknown>[] = [];
  const listener = (message: unknown) => void messages.push(message as Record<string, unknown>);
  subscribe(CHANNELS[name], listener);
  return { messages, stop: () => void unsubscribe(CHANNELS[name], listener) };
}

const realNow = performance.now.bind(performance);
let skipped = 0;

/** Lets the managers of this process believe that this time has passed. */
export function skipMillis(millis: number): void {
  skipped += millis;
  jest.spyOn(performance, 'now').mockImplementation(() => realNow() + skipped);
}

/** The idle connections of a pool, the one that is idle for longest first. */
export function idleClients(pool: Pool): Client[] {
  const { _idle: items } = pool as unknown as { _idle: { client: Client }[] };
  return items.map(({ client }) => client);
}
