/**
 * The part of `@neondatabase/serverless` 1.x that is touched here. Its HTTP queries are lazy: a `NeonQueryPromise` is
 * one request for each `then`, `catch` or `finally` (src/httpQuery.ts).
 */
import type { Callback } from '../callback';

interface ParameterizedQuery {
  readonly query: string;
  readonly params: readonly unknown[];
}

interface SqlTemplate {
  toParameterizedQuery(): ParameterizedQuery;
}

export type QueryData = ParameterizedQuery | SqlTemplate;

export interface NeonQueryPromise {
  execute: Callback;
  queryData: QueryData;
  opts?: unknown;
  then: Callback;
  catch: Callback;
  finally: Callback;
}

export interface NeonQueryPromiseClass {
  readonly prototype: NeonQueryPromise;
}

/** What `neon(…)` returns: the function of the templates. */
export interface NeonFunction extends Callback {
  query: Callback;
  unsafe: Callback;
  transaction: Callback;
}

/** A class, whose static accessors are the settings. */
export interface NeonConfig {
  fetchFunction?: Callback | undefined;
}

/** What a query is sent as, which is pure. Empty for what is none: to refuse that is up to the driver or the server. */
export function parameterized(data: QueryData): ParameterizedQuery {
  try {
    const { query, params } = 'toParameterizedQuery' in data ? data.toParameterizedQuery() : data;
    return { query: typeof query === 'string' ? query : '', params: Array.isArray(params) ? params : [] };
  } catch {
    return { query: '', params: [] };
  }
}

/** A function around one of Neon's is none: its `query` may be asynchronous, and send what is only looked at here. */
export function isNeonFunction(value: unknown): value is NeonFunction {
  if (typeof value !== 'function') return false;
  const { query, unsafe, transaction } = value as Partial<NeonFunction>;
  return [query, unsafe, transaction].every((part) => typeof part === 'function') && !isAsync(query);
}

const isAsync = (method: Callback | undefined): boolean => method?.constructor.name === 'AsyncFunction';

/** One of the queries of a function, which are lazy: to make one sends nothing. `undefined` for what is none of Neon's. */
export function queryOf(sql: NeonFunction): NeonQueryPromise | undefined {
  const query = sql.query('') as Partial<NeonQueryPromise> | undefined;
  const isOne = typeof query?.execute === 'function' && query.queryData !== undefined;
  return isOne ? (query as NeonQueryPromise) : undefined;
}

export function isNeonQueryPromiseClass(value: unknown): value is NeonQueryPromiseClass {
  const prototype = typeof value === 'function' ? (value.prototype as Partial<NeonQueryPromise>) : undefined;
  return [prototype?.then, prototype?.catch, prototype?.finally].every((part) => typeof part === 'function');
}

/** An answer over HTTP does not show the server's settings: a role or a database may have another. */
export const HAS_STANDARD_STRINGS = false;
