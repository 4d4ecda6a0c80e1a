import { startApplication } from './harness/application';
import { DRIZZLE_ON_POSTGRES_JS, POSTGRES_JS_TYPES, visitNotes } from './harness/notes';
import { below } from './harness/received';

it('Next.js with Drizzle on Postgres.js has each request and its queries in one trace', async () => {
  const application = await startApplication({
    application: 'nextjs-postgres-js',
    base: 'nextjs',
    guide: 'nextjs',
    prepare: ['Install', 'Build'],
    start: 'Start',
  });
  const { traces, events, stderr, code } = await visitNotes(application, {
    operations: DRIZZLE_ON_POSTGRES_JS,
    exits: true,
  });
  expect(below(traces.list, 'executing api route (app) /notes')).toEqual([
    'CLIENT select "notes"',
    'INTERNAL acquire notes',
    '  CLIENT connect notes',
    `    CLIENT ${POSTGRES_JS_TYPES}`,
  ]);
  expect(below(traces.one, 'executing api route (app) /notes/[id]')).toEqual([
    'CLIENT select "notes"',
    'INTERNAL acquire notes',
  ]);
  expect(below(traces.report, 'executing api route (app) /notes/report')).toEqual([
    'CLIENT select "notes"',
    'INTERNAL acquire notes',
  ]);
  expect(below(traces.archived, 'executing api route (app) /notes/archived')).toEqual([
    'CLIENT select "archived_notes" ERROR',
    'INTERNAL acquire notes',
  ]);
  expect(events).toEqual({
    report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
    archived: ['db.client.operation.exception'],
  });
  expect(stderr).not.toContain('PG_OTEL');
  expect(code).toBe(143);
});
