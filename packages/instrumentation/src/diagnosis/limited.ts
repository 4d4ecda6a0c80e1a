/**
 * Returns a message that runs one statement on the catalog within limits. The statements of a message are one transaction,
 * which the server ends itself, also after an error: after `begin`, an error would leave the transaction open.
 * The first entry of `search_path` decides which catalog is read; the others remain, so that the server writes the names of
 * tables as the application does.
 */
export const limited = (statement: string): string =>
  `set transaction isolation level read committed, read only;
 set local lock_timeout = '100ms'; set local statement_timeout = '500ms'; set local jit = off;
 select set_config('search_path', 'pg_catalog, ' || current_setting('search_path'), true); ${statement}`;
