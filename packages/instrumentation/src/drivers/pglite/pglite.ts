/**
 * The part of PGlite (package `@electric-sql/pglite`, Postgres in WebAssembly) that is used here. Its statements pass two
 * mutexes: one for single queries and whole transactions, and one for statements (src/base.ts).
 */
import type { Callback } from '../callback';

export interface PGlite {
  query: Callback;
  exec: Callback;
  transaction: Callback;
  describeQuery: Callback;
  runExclusive: Callback;
  /** Waits until the database has started. `query`, `exec` and `transaction` call it first. */
  _checkReady: Callback;
  _runExclusiveQuery: Callback;
  _runExclusiveTransaction: Callback;
  /** Sends a message of the wire protocol. Statements use `execProtocolStream` from 0.4 on. */
  execProtocol: Callback;
  execProtocolStream?: Callback;
  /** Whether the database has started and is not closed. */
  readonly ready: boolean;
  /** The environment of the server, from 0.4 on. */
  readonly ENV?: { readonly PGDATABASE?: unknown };
  /** The module of WebAssembly. Before 0.4, its arguments name the database. */
  readonly mod?: { readonly arguments?: readonly unknown[] };
}

/** `PGlite`, or `PGliteWorker`, which has the same methods. */
export interface PGliteClass {
  // biome-ignore lint/suspicious/noExplicitAny: the arguments are not used
  new (...args: any[]): PGlite;
  readonly prototype: PGlite;
}

/** The database; `undefined` while it is not known. */
export function databaseOf({ ENV, mod }: PGlite): unknown {
  const setting = 'PGDATABASE=';
  const argument = mod?.arguments?.find((one) => String(one).startsWith(setting));
  return ENV?.PGDATABASE ?? (argument === undefined ? undefined : String(argument).slice(setting.length));
}

/**
 * Assumed to be off, because PGlite does not show `standard_conforming_strings`, and a role or database may have
 * changed it.
 */
export const HAS_STANDARD_STRINGS = false;
