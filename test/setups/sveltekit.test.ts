import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

it('SvelteKit with Drizzle on Postgres.js has each request and its queries in one trace', async () => {
  const application = await startApplication({
    application: 'sveltekit',
    guide: 'sveltekit',
    prepare: ['Keep the driver out of the bundle', 'Install', 'Build'],
    // SvelteKit loads the modules of the server to analyse them.
    prepareEnv: { DATABASE_URL: 'postgres://localhost/notes' },
    start: 'Start',
  });
  const types = 'select pg_catalog.pg_type pg_catalog.pg_type';
  // Drizzle quotes names, and a summary has them as they are written.
  const operations = { 'select "notes"': 3, 'select "archived_notes"': 1, [types]: 1 };
  expect(await visitNotes(application, { operations })).toEqual({
    traces: {
      list: [
        'SERVER GET',
        '  CLIENT select "notes"',
        '  INTERNAL acquire notes',
        '    CLIENT connect notes',
        `      CLIENT ${types}`,
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
