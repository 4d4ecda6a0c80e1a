import { startApplication } from './harness/application';
import { DRIZZLE_ON_POSTGRES_JS, POSTGRES_JS_TYPES, visitNotes } from './harness/notes';

it('Hono with Drizzle on Postgres.js has each request and its queries in one trace', async () => {
  const application = await startApplication({
    application: 'hono-postgres-js',
    guide: 'hono',
    prepare: ['Install', 'Build'],
    start: 'Start',
  });
  expect(await visitNotes(application, { operations: DRIZZLE_ON_POSTGRES_JS })).toEqual({
    traces: {
      list: [
        'SERVER GET',
        '  CLIENT select "notes"',
        '  INTERNAL acquire notes',
        '    CLIENT connect notes',
        `      CLIENT ${POSTGRES_JS_TYPES}`,
      ],
      one: ['SERVER GET', '  CLIENT select "notes"', '  INTERNAL acquire notes'],
      report: ['SERVER GET', '  CLIENT select "notes"', '  INTERNAL acquire notes'],
      archived: ['SERVER GET ERROR', '  CLIENT select "archived_notes" ERROR', '  INTERNAL acquire notes'],
    },
    events: {
      report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
      archived: ['db.client.operation.exception'],
    },
    otherTraces: [],
    stderr: '',
    code: 0,
    signal: null,
  });
});
