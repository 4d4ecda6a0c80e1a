import { isDeepStrictEqual } from 'node:util';
import type { Application } from './application';
import {
  byPool,
  eventsOf,
  operationCounts,
  otherTraces,
  receivedRequest,
  services,
  traceTree,
} from './received';
import { capture } from './stage';

/** What a visit to the notes application gave. */
export interface Visit {
  /** The outline of the trace of each request: see {@link traceTree}. */
  readonly traces: {
    /** `GET /notes`: the pool's first query, for which it opens a connection. */
    readonly list: string[];
    /** `GET /notes/1`: a statement with a parameter. */
    readonly one: string[];
    /** `GET /notes/report`: slow. */
    readonly report: string[];
    /** `GET /notes/archived`: fails. */
    readonly archived: string[];
  };
  /** The events in the trace of the request that is slow, and of the one that fails. */
  readonly events: { readonly report: string[]; readonly archived: string[] };
  /** Traces that no request started. */
  readonly otherTraces: string[][];
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NotesOptions {
  /** The path of the list of notes. Default `/notes`. */
  readonly base?: string;
  /** How often each statement runs, by its summary: an ORM may quote the names. */
  readonly operations?: Readonly<Record<string, number>>;
  /** The code of the error that the application gets. Default `42P01`, Postgres' own. */
  readonly errorCode?: string;
  /** Whether the application calls `process.exit()` on SIGTERM: then nothing that waits is sent. Default: false. */
  readonly exits?: boolean;
}

/** The query of Postgres.js for array types, once for each connection. */
export const POSTGRES_JS_TYPES = 'select pg_catalog.pg_type pg_catalog.pg_type';

/** What Drizzle on Postgres.js sends. It quotes names, and a summary has them as they are written. */
export const DRIZZLE_ON_POSTGRES_JS = {
  'select "notes"': 3,
  'select "archived_notes"': 1,
  [POSTGRES_JS_TYPES]: 1,
};

/** Checks a visit to an application without an instrumentation of HTTP: its queries have all telemetry, and nothing else. */
export function expectQueriesAlone({ traces, otherTraces, stderr, code }: Visit): void {
  const lines = [...Object.values(traces), ...otherTraces].flat().map((line) => line.trim());
  expect(lines.sort()).toEqual([
    'CLIENT SELECT archived_notes ERROR',
    ...Array(3).fill('CLIENT SELECT notes'),
    'CLIENT connect notes',
    ...Array(4).fill('INTERNAL acquire notes'),
  ]);
  expect(
    capture
      .logs()
      .map(({ eventName }) => eventName)
      // The report may end before the server has answered why it is slow.
      .filter((name) => name !== 'pg_otel.operation.diagnosed')
      .sort(),
  ).toEqual(['db.client.operation.exception', 'pg_otel.operation.ended', 'pg_otel.operation.slow']);
  expect(stderr).not.toContain('PG_OTEL');
  expect(code).toBe(0);
}

/**
 * Asks what every notes application answers, checks the answers and the metrics, and ends the application by SIGTERM.
 * What depends on the framework is left to the test.
 */
export async function visitNotes(
  application: Application,
  {
    base = '/notes',
    operations = { 'SELECT notes': 3, 'SELECT archived_notes': 1 },
    errorCode = '42P01',
    exits = false,
  }: NotesOptions = {},
): Promise<Visit> {
  const list = await application.get(base);
  const one = await application.get(`${base}/1`);
  const report = await application.get(`${base}/report`);
  const archived = await application.get(`${base}/archived`);
  expect([list, one, report, archived].map(({ status, body }) => [status, JSON.parse(body)])).toEqual([
    [
      200,
      [
        { id: 1, body: 'Buy milk' },
        { id: 2, body: 'Call mother' },
      ],
    ],
    [200, [{ id: 1, body: 'Buy milk' }]],
    [200, { notes: 2 }],
    [500, { code: errorCode }],
  ]);
  await capture.waitFor(() => byPool('db.client.connection.limit')['notes'] === 10, 60_000);
  if (exits) {
    await capture.waitFor(() => isDeepStrictEqual(operationCounts(), operations), 60_000);
    for (const { traceId } of [list, one, report, archived]) await receivedRequest(traceId);
  }
  const { stderr, code, signal } = await application.stop();

  expect(operationCounts()).toEqual(operations);
  expect(byPool('db.client.connection.wait_time')).toEqual({ notes: 4 });
  expect(byPool('db.client.connection.create_time')).toEqual({ notes: 1 });
  expect(services()).toEqual(['notes']);
  return {
    traces: {
      list: traceTree(list.traceId),
      one: traceTree(one.traceId),
      report: traceTree(report.traceId),
      archived: traceTree(archived.traceId),
    },
    otherTraces: otherTraces([list, one, report, archived].map(({ traceId }) => traceId)),
    events: { report: eventsOf(report.traceId), archived: eventsOf(archived.traceId) },
    stderr,
    code,
    signal,
  };
}
