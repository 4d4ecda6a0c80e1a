import type { Callback } from '../callback';
import { guarded } from '../guarded';

/** The parts of Postgres.js (package `postgres`) that are used here. Fields differ by version, so most are optional. */

export interface PostgresQuery extends Promise<unknown> {
  /** The pieces of a template, or the one text of `unsafe` and `file`. */
  strings: readonly unknown[];
  readonly args: readonly unknown[];
  /** Whether it was written as a tagged template. */
  readonly tagged: boolean;
  /** Sends the query: one function for each instance, transaction and reserved connection. */
  handler: Callback;
  /** One function for all queries of an instance; absent from the driver's own queries. */
  readonly canceller: Callback | null | undefined;
  readonly options: { readonly onexecute?: unknown; readonly prepare?: unknown };
  resolve: Callback;
  reject: Callback;
  executed: boolean;
  cancelled: unknown;
  /** The connection's backend, set when the query is sent. */
  readonly state: { readonly pid?: number } | null;
  /** Set when the text and the parameters have been built, right before the query is written. */
  statement: { readonly string?: unknown } | null;
  readonly string?: unknown;
  readonly parameters?: unknown;
  readonly onlyDescribe?: boolean;
  cursorFn?: Callback;
  forEachFn?: Callback;
  /** Rows are lists of values. */
  values(): PostgresQuery;
  execute(): PostgresQuery;
}

export interface QueryClass {
  readonly prototype: PostgresQuery & { handle: Callback };
}

/** The options of an instance, as the driver has parsed them. */
export interface PostgresOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly database?: unknown;
  readonly user?: unknown;
  readonly connection?: { readonly application_name?: unknown };
  readonly max_lifetime?: unknown;
  readonly ssl?: unknown;
  readonly socket?: unknown;
  readonly pass?: unknown;
  readonly fetch_types?: unknown;
  /** The settings that the server has reported, on any connection. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** One object for an instance and the instances that it creates for `listen` and `subscribe`. */
  readonly shared: object;
}

/** The queues in which an instance keeps its connections. */
export interface Queues {
  readonly connecting: { readonly length: number };
  readonly reserved: { readonly length: number };
  readonly open: { readonly length: number };
  readonly busy: { readonly length: number };
  readonly full: { readonly length: number };
}

/** What the driver's Connection function returns. */
export interface PostgresConnection {
  connect: Callback;
  execute: Callback;
  end: Callback;
  terminate: Callback;
  /** A function while a transaction or `reserve` holds the connection. */
  reserved?: unknown;
}

/** What `postgres(…)` returns. */
export interface Sql {
  unsafe(text: string, args?: readonly unknown[], options?: { readonly simple: boolean }): PostgresQuery;
  readonly options: PostgresOptions;
  reserve?: Callback;
  end: Callback;
}

/** The methods of the driver's Query by which its class is recognised. */
const QUERY = ['handle', 'cancel', 'cursor', 'describe', 'execute', 'forEach', 'raw', 'then'];

export function isQueryClass(value: unknown): value is QueryClass {
  const fits = guarded('instrument(target)', () => {
    if (typeof value !== 'function') return false;
    const prototype = value.prototype as Record<string, unknown> | null | undefined;
    return !!prototype && QUERY.every((name) => typeof prototype[name] === 'function');
  });
  return fits === true;
}

/** Whether a value is what `postgres(…)` returns. The `sql` of a transaction has no options. */
export function isSql(value: unknown): value is Sql {
  const fits = guarded('instrument(target)', () => {
    if (typeof value !== 'function') return false;
    const { unsafe, begin, end, options } = value as unknown as Partial<Record<string, unknown>>;
    return (
      [unsafe, begin, end].every((method) => typeof method === 'function') &&
      typeof options === 'object' &&
      options !== null &&
      typeof (options as Partial<PostgresOptions>).shared === 'object'
    );
  });
  return fits === true;
}

/** Whether a value is the module: the function that the driver exports. */
export function isPostgresModule(value: unknown): value is Callback {
  const fits = guarded('instrument(target)', () => {
    if (typeof value !== 'function') return false;
    const { PostgresError, toCamel, BigInt: bigInt } = value as unknown as Partial<Record<string, unknown>>;
    return typeof PostgresError === 'function' && typeof toCamel === 'function' && typeof bigInt === 'object';
  });
  return fits === true;
}
