/**
 * The part of pg-pool 3 and its clients that this package uses. Underscored names are internal to them; `pgPool` checks
 * that they exist.
 */
import type { EventEmitter } from 'node:events';
import { PoolOptionsError } from './options-error';

export interface PgClient extends EventEmitter {
  query(...args: unknown[]): unknown;
  connect(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
  release?(destroy?: unknown): void;
  ref?(): void;
  unref?(): void;
  /** pg sets it when `connect` has succeeded, and does not reset it when the connection is lost. */
  _connected?: boolean;
  /** False once the connection is lost. */
  _queryable?: boolean;
  /** True once `end` was called. */
  _ending?: boolean;
  /** How often the connection was released. */
  _poolUseCount?: number;
  host?: string;
  port?: number;
  database?: string;
  processID?: number | null;
  connectionParameters?: { application_name?: string; fallback_application_name?: string };
  /** False while a query runs. */
  readyForQuery?: boolean;
  /** Absent in a client of libpq. */
  connection?: { stream?: { destroy?(): void } };
}

/** An idle connection. `idleListener` is pg-pool's listener for its errors. */
export interface IdleItem {
  readonly client: PgClient;
  readonly idleListener: (error: unknown) => void;
}

/** What pg-pool does with the outcome of a connection attempt. */
interface PendingItem {
  callback(error: unknown, client?: PgClient, release?: (destroy?: unknown) => void): void;
}

interface PgPoolOptions {
  max: number;
  min?: number;
  maxUses?: number;
  application_name?: string;
  connectionString?: string;
  host?: string;
  port?: number | string;
  database?: string;
  user?: string;
  idleTimeoutMillis?: number;
  connectionTimeoutMillis?: number;
  maxLifetimeSeconds?: number;
  allowExitOnIdle?: boolean;
}

export interface PgPool extends EventEmitter {
  options: PgPoolOptions;
  Client: new (options: object) => PgClient;
  ending: boolean;
  ended: boolean;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  /** All clients, including those that are connecting. pg-pool replaces the list when it removes one. */
  _clients: PgClient[];
  _idle: IdleItem[];
  /** The requests that wait for a connection. pg-pool creates the list once, so it identifies the pool. */
  _pendingQueue: object[];
  /** Clients that pg-pool removes at their release. Absent before pg-pool 3.5. */
  _expired?: WeakSet<PgClient>;
  _isFull(): boolean;
  /** Opens a connection for a request. */
  newClient(request: PendingItem): void;
  /** Serves at most one waiting request. */
  _pulseQueue(): void;
  _remove(client: PgClient, callback?: () => void): void;
  connect(...args: unknown[]): unknown;
  query(...args: unknown[]): unknown;
  end(...args: unknown[]): unknown;
}

const LISTS = ['_clients', '_idle', '_pendingQueue'] as const;
const METHODS = [
  'on',
  'off',
  'connect',
  'query',
  'end',
  'newClient',
  '_isFull',
  '_pulseQueue',
  '_remove',
] as const;

/**
 * The pool behind what the application has: a Proxy or a derived object stands for the pool that it was made from.
 *
 * @throws PoolOptionsError for an object that is not a pool of `pg`, `pg-pool` or `@neondatabase/serverless`, and for a
 * pool that has ended
 */
export function pgPool(value: unknown): PgPool {
  if (!isPgPool(value)) {
    const accepted = 'a Pool of pg, pg-pool or @neondatabase/serverless';
    throw new PoolOptionsError('pool', `must be ${accepted}, got ${kindOf(value)}`);
  }
  const pool = ownerOf(value);
  if (pool.ending || pool.ended) {
    throw new PoolOptionsError('pool', 'must be a pool that is in use, got one whose end() was called');
  }
  const max: unknown = pool.options.max;
  if (typeof max !== 'number' || !(max >= 1) || !(Number.isInteger(max) || max === Infinity)) {
    const shown = typeof max === 'number' ? String(max) : `a value of type ${typeof max}`;
    throw new PoolOptionsError('pool.options.max', `must be a whole number from 1, got ${shown}`);
  }
  return pool;
}

/** Whether a value has the shape of pg-pool's pool. A Proxy may return another queue each time. */
export function isPgPool(value: unknown): value is PgPool {
  if (typeof value !== 'object' || value === null) return false;
  const pool = value as Record<string, unknown>;
  const { _pendingQueue: queue } = pool;
  return (
    LISTS.every((name) => Array.isArray(pool[name])) &&
    METHODS.every((name) => typeof pool[name] === 'function') &&
    typeof pool['options'] === 'object' &&
    pool['options'] !== null &&
    pool['_pendingQueue'] === queue
  );
}

/**
 * Whether pg-pool acquires and releases an idle connection only to close it at the end of its lifetime. Without a
 * lifetime nothing is looked up, because this is asked for each query.
 */
export function isExpired({ options, _expired: expired }: PgPool, client: PgClient): boolean {
  return options.maxLifetimeSeconds ? expired?.has(client) === true : false;
}

/** Ends a connection that does not end by itself, such as one whose server does not answer. */
export function destroy(client: PgClient): void {
  client.connection?.stream?.destroy?.();
}

/** pg-pool assigns new lists, which on a derived object would change that object alone. */
function ownerOf(pool: PgPool): PgPool {
  for (let at: PgPool | null = pool; at !== null; at = Object.getPrototypeOf(at) as PgPool | null) {
    if (Object.hasOwn(at, '_pendingQueue')) return at;
  }
  return pool;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(typeof value);
  const name = value.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object'
    ? `an object of class ${name}`
    : 'an object';
}
