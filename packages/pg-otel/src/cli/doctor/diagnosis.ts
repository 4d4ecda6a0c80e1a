import { createRequire } from 'node:module';
import path from 'node:path';
import { variable } from '../../environment';
import type { Finding } from '../finding';
import { installed } from './installed';

const check = 'diagnosis';
const GUIDE = 'docs/guides/explain-slow-queries.md';

/** What the role may see. Without its library, which the setting belongs to, the extension fails. */
const RIGHTS = `
  SELECT pg_backend_pid() AS pid,
         current_setting('track_activities')::bool AS "hasTexts",
         pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS "readsAll",
         (SELECT count(DISTINCT usename) FROM pg_stat_activity
           WHERE datname = current_database() AND usename <> session_user)::int AS "otherRoles",
         current_setting('pg_stat_statements.max', true) IS NOT NULL AND EXISTS (
           SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'
              AND has_schema_privilege(extnamespace, 'USAGE')) AS "hasStatements",
         current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int
           - (SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL AND datid IS NOT NULL)::int AS "freeConnections"`;

interface Rights {
  readonly pid: number;
  readonly hasTexts: boolean;
  readonly readsAll: boolean;
  readonly otherRoles: number;
  readonly hasStatements: boolean;
  readonly freeConnections: number;
}

interface Client {
  /** The process id that the server, or a pooler in front of it, has sent. */
  readonly processID: number | null;
  connect(): Promise<void>;
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
  end(): Promise<void>;
}
interface Pg {
  readonly Client: new (config: object) => Client;
}

/** Checks whether the server can be asked why a query is slow, and what the role may see. */
export async function checkDiagnosis(cwd: string): Promise<Finding> {
  if (['off', 'false'].includes(variable('PG_OTEL_DIAGNOSE') ?? '')) {
    return { check, status: 'note', message: 'slow queries are not explained (PG_OTEL_DIAGNOSE)' };
  }
  if (installed('pg', cwd) === undefined) {
    const message = 'queries over HTTP are not explained; over WebSocket they are, which is not checked here';
    return { check, status: 'note', message };
  }
  const connectionString = variable('DATABASE_URL');
  let client: Client | undefined;
  try {
    const { Client } = createRequire(path.join(cwd, 'index.js'))('pg') as Pg;
    client = new Client({
      // As long as the connection for questions waits.
      connectionTimeoutMillis: 2_000,
      application_name: 'pg-otel',
      ...(connectionString && { connectionString }),
    });
    await client.connect();
    return await examine(client);
  } catch (error) {
    const { code = 'no answer' } = error as { code?: string };
    const message = `the server cannot be asked why a query is slow: ${code}`;
    return { check, status: 'skipped', message };
  } finally {
    await client?.end().catch(() => undefined);
  }
}

async function examine(client: Client): Promise<Finding> {
  const [rights] = (await client.query(RIGHTS)).rows as [Rights];
  const { pid, ...visible } = rights;
  const isPooled = client.processID !== null && client.processID !== pid;
  const details = { ...visible, isPooled };
  const obstacle = obstacleIn(rights);
  if (obstacle !== undefined) return { check, status: 'note', ...obstacle, details };
  const seen = [
    rights.readsAll || rights.otherRoles > 0 ? 'all sessions are visible' : 'all sessions are of this role',
    rights.hasStatements ? 'usual durations are known' : 'usual durations are not known (pg_stat_statements)',
    ...(isPooled ? ['a pooler is in between: sessions are found by the text of their query'] : []),
  ];
  const message = `the server can be asked why a query is slow; ${seen.join('; ')}`;
  return { check, status: 'ok', message, details };
}

/** The most important one of what hides the reasons of slow queries. */
function obstacleIn({ hasTexts, readsAll, otherRoles, freeConnections }: Rights) {
  if (freeConnections < 1) {
    return {
      message: 'no connection is left to ask why a query is slow',
      advice: 'Raise max_connections, or lower the max of the pools: pg-otel plan --server-connections <n>.',
    };
  }
  if (!hasTexts) {
    return {
      message:
        'track_activities is off: sessions of slow queries are not found behind a pooler, and have no state',
      advice: 'Set track_activities = on, the default.',
    };
  }
  if (!readsAll && otherRoles > 0) {
    const others = otherRoles === 1 ? '1 other role is' : `${otherRoles} other roles are`;
    return {
      message: `${others} connected to this database, and what their sessions do is hidden`,
      advice: `GRANT pg_read_all_stats to the role, unless the others never block it: ${GUIDE}`,
    };
  }
  return undefined;
}
