/** Who uses the connections of a server. */
export interface ServerConnections {
  /** `max_connections` */
  readonly most: number;
  /** Connections that only superusers and roles with special rights can use. */
  readonly reserved: number;
  /** `CONNECTION LIMIT` of the role and of the database; negative when there is none. */
  readonly roleLimit: number;
  readonly databaseLimit: number;
  /** The process of the server that answered. */
  readonly processId: number;
  /** The connections of clients by `application_name`. */
  readonly clients: readonly ClientConnections[];
}

export interface ClientConnections {
  readonly name: string;
  /** Whether they are connections of the same role, and to the same database, as that of the query. */
  readonly isOfRole: boolean;
  readonly isOfDatabase: boolean;
  readonly connections: number;
}

/**
 * Reads {@link ServerConnections} as JSON, which does not depend on the type parsers of the application. Any role can see
 * role, database and application_name of all connections (pgstatfuncs.c, pg_stat_get_activity), but backend_type only of
 * its own role's. Limits do not apply to superusers. `reserved_connections` exists from PostgreSQL 16 on.
 */
export const SERVER_CONNECTIONS = `\
SELECT json_build_object(
  'most', current_setting('max_connections')::int,
  'reserved', current_setting('superuser_reserved_connections')::int
    + coalesce(current_setting('reserved_connections', true)::int, 0),
  'roleLimit', (SELECT CASE WHEN rolsuper THEN -1 ELSE rolconnlimit END FROM pg_roles WHERE rolname = session_user),
  'databaseLimit', (SELECT CASE WHEN rolsuper THEN -1 ELSE datconnlimit END FROM pg_roles, pg_database
    WHERE rolname = session_user AND datname = current_database()),
  'processId', pg_backend_pid(),
  'clients', (SELECT coalesce(json_agg(c), '[]') FROM (
    SELECT coalesce(application_name, '') AS name, usename = session_user AS "isOfRole",
      datname = current_database() AS "isOfDatabase", count(*)::int AS connections
    FROM pg_stat_activity
    WHERE usename IS NOT NULL AND datname IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
    GROUP BY 1, 2, 3) AS c)
)::text AS connections`;

/** @returns undefined when the answer is not that of Postgres */
export function readServerConnections(
  rows: readonly Readonly<Record<string, unknown>>[],
): ServerConnections | undefined {
  const text = rows[0]?.['connections'];
  if (typeof text !== 'string') return undefined;
  return JSON.parse(text) as ServerConnections;
}
