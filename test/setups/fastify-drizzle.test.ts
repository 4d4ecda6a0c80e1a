import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

it('Fastify with Drizzle in ESM through tsx has each request and its queries in one trace', async () => {
  const application = await startApplication({
    application: 'fastify-drizzle',
    guide: 'fastify',
    prepare: ['Install'],
    start: 'Start',
  });
  // Drizzle quotes names, and a summary has them as they are written.
  const operations = { 'select "notes"': 3, 'select "archived_notes"': 1 };
  expect(await visitNotes(application, { operations })).toEqual({
    traces: {
      list: request('/notes', 'CLIENT select "notes"', 'INTERNAL acquire notes', '  CLIENT connect notes'),
      one: request('/notes/:id', 'CLIENT select "notes"', 'INTERNAL acquire notes'),
      report: request('/notes/report', 'CLIENT select "notes"', 'INTERNAL acquire notes'),
      archived: [
        'SERVER GET /notes/archived ERROR',
        '  INTERNAL request ERROR',
        '    INTERNAL handler - route',
        '      CLIENT select "archived_notes" ERROR',
        '      INTERNAL acquire notes',
      ],
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

function request(route: string, ...queries: string[]): string[] {
  return [
    `SERVER GET ${route}`,
    '  INTERNAL request',
    '    INTERNAL handler - route',
    ...queries.map((line) => `      ${line}`),
  ];
}
