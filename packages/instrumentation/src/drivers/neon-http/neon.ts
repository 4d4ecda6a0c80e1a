/**
 * The part of `@neondatabase/serverless` 1.x that pg-otel uses. HTTP queries are lazy: a `NeonQueryPromise` sends one
 * request for each call of `then`, `catch` or `finally` (src/httpQuery.ts).
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

/** The function that `neon(…)` returns, for templates. */
export interface NeonFunction extends Callback {
  query: Callback;
  unsafe: Callback;
  transaction: Callback;
}

/** A class whose static accessors are the settings. */
export interface NeonConfig {
  fetchFunction?: Callback | undefined;
}

/**
 * Reads the text and values of a query, without side effects. Both are empty for any other value, which the driver or
 * the server rejects.
 */
export function parameterized(data: QueryData): ParameterizedQuery {
  try {
    const { query, params } = 'toParameterizedQuery' in data ? data.toParameterizedQuery() : data;
    return { query: typeof query === 'string' ? query : '', params: Array.isArray(params) ? params : [] };
  } catch {
    return { query: '', params: [] };
  }
}

/** Excludes wrappers of Neon's function whose `query` is asynchronous, because calling it may send a query. */
export function isNeonFunction(value: unknown): value is NeonFunction {
  if (typeof value !== 'function') return false;
  const { query, unsafe, transaction } = value as Partial<NeonFunction>;
  return [query, unsafe, transaction].every((part) => typeof part === 'function') && !isAsync(query);
}

const isAsync = (method: Callback | undefined): boolean => method?.constructor.name === 'AsyncFunction';

/**
 * Creates a query with the function. Queries are lazy, so nothing is sent. Returns `undefined` for a function that is
 * not Neon's.
 */
export function queryOf(sql: NeonFunction): NeonQueryPromise | undefined {
  const query = sql.query('') as Partial<NeonQueryPromise> | undefined;
  const isOne = typeof query?.execute === 'function' && query.queryData !== undefined;
  return isOne ? (query as NeonQueryPromise) : undefined;
}

export function isNeonQueryPromiseClass(value: unknown): value is NeonQueryPromiseClass {
  const prototype = typeof value === 'function' ? (value.prototype as Partial<NeonQueryPromise>) : undefined;
  return [prototype?.then, prototype?.catch, prototype?.finally].every((part) => typeof part === 'function');
}

/**
 * Assumed to be off, because an answer over HTTP does not show `standard_conforming_strings`, and a role or database
 * may have changed it.
 */
export const HAS_STANDARD_STRINGS = false;
