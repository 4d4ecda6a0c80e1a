/**
 * The part of pg 8 and pg-pool 3 that pg-otel uses. Underscored names are internal to them; the code checks that they
 * exist before it relies on them.
 */
import type { EventEmitter } from 'node:events';
import type { Callback } from '../callback';
import type { ResultLike } from '../returned-rows';

interface PgStream extends EventEmitter {
  remoteAddress?: string;
  remotePort?: number;
  localPort?: number;
  destroyed?: boolean;
  unref?: Callback;
  destroy?: Callback;
  /** Only of Neon's stream: its settings, and its WebSocket. */
  opts?: object;
  ws?: { _socket?: { unref?: () => unknown } };
}

interface PgConnection extends EventEmitter {
  stream?: PgStream;
  parsedStatements?: Record<string, string>;
}

/** The methods that pg requires of an object that a caller passes to `client.query`. */
export interface Submittable {
  submit: Callback;
  handleError: Callback;
  handleReadyForQuery: Callback;
  text?: unknown;
  values?: unknown;
  name?: unknown;
}

/** pg lib/query.js: `client.query` creates it for texts and config objects. */
export interface PgQuery extends Submittable {
  /** Only queries of pg.native are emitters. */
  emit?: Callback;
  callback?: Callback;
  _results?: ResultLike | ResultLike[];
  _canceledDueToError?: unknown;
  /** Of queries of pg.native: `error` once the query has failed. */
  state?: string;
}

export interface PgClient extends EventEmitter {
  host?: string;
  port?: number;
  database?: string;
  ssl?: unknown;
  pipeline?: boolean;
  /** Texts of named statements, on the client of libpq. */
  namedQueries?: Record<string, string>;
  connection?: PgConnection;
  connectionParameters?: { user?: string; application_name?: string };
  /** The process id that the server has sent; null before. */
  processID?: number | null;
  query: Callback;
  connect: Callback;
  end: Callback;
  _connecting?: boolean;
  _connected?: boolean;
  _ending?: boolean;
  _queryable?: boolean;
  _connectionCallback?: Callback | null;
  /** pg >= 8.17; reading the old names there prints a deprecation warning. */
  _queryQueue?: PgQuery[];
  _activeQuery?: PgQuery | null;
  _sentQueryQueue?: PgQuery[];
  /** pg < 8.17 */
  queryQueue?: PgQuery[];
  activeQuery?: PgQuery | null;
}

export interface PgPool extends EventEmitter {
  options: { max?: number; min?: number; maxUses?: number; maxLifetimeSeconds?: number; log?: unknown };
  ending?: boolean;
  ended?: boolean;
  _endCallback?: Callback;
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  _clients: PgClient[];
  _idle: { client: PgClient }[];
  _pendingQueue: object[];
  _expired?: WeakSet<PgClient>;
  _isFull(): boolean;
  connect: Callback;
  Client?: ClientClass;
  /** The class of the promises that it returns. */
  Promise?: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: constructors of any shape are taken
export type Class<Instance> = (abstract new (...args: any[]) => Instance) & { prototype: Instance };

/** Test doubles may have any value in place of a class. */
export const isClass = <Known extends Class<object>>(value: Known | undefined): value is Known =>
  typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;

export type ClientClass = Class<PgClient> & { Query?: Class<PgQuery> };
export type PoolClass = Class<PgPool>;
