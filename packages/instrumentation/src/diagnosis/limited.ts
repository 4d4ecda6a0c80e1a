/**
 * SQL of a `search_path` whose first entry decides which catalog is read. The others remain, so that the server writes the
 * names of tables as the application does. Nothing may follow the comma: an empty path is a common setting.
 */
export const CATALOG_FIRST = `concat_ws(', ', 'pg_catalog', nullif(current_setting('search_path'), ''))`;

/**
 * Returns a message that runs one statement on the catalog within limits. The statements of a message are one transaction,
 * which the server ends itself, also after an error: after `begin`, an error would leave the transaction open.
 */
export const limited = (statement: string): string =>
  `set transaction isolation level read committed, read only;
 set local lock_timeout = '100ms'; set local statement_timeout = '500ms'; set local jit = off;
 select set_config('search_path', ${CATALOG_FIRST}, true); ${statement}`;
