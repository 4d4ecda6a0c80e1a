import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

it('NestJS has each request and its queries in one trace, and ends by the signal', async () => {
  const application = await startApplication({
    application: 'nestjs',
    guide: 'nestjs',
    prepare: ['Install', 'Build'],
    start: 'Start',
  });
  expect(await visitNotes(application)).toEqual({
    traces: {
      list: request('findAll', 'CLIENT SELECT notes', 'INTERNAL acquire notes', '  CLIENT connect notes'),
      one: request('find', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
      report: request('report', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
      archived: [
        'SERVER GET ERROR',
        '  INTERNAL NotesController.findArchived ERROR',
        '    INTERNAL findArchived ERROR',
        '      CLIENT SELECT archived_notes ERROR',
        '      INTERNAL acquire notes',
      ],
    },
    events: {
      report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
      archived: ['db.client.operation.exception'],
    },
    otherTraces: [['INTERNAL Create Nest App']],
    stderr: '',
    // The generator's application has no handler for SIGTERM.
    code: null,
    signal: 'SIGTERM',
  });
});

function request(handler: string, ...queries: string[]): string[] {
  return [
    'SERVER GET',
    `  INTERNAL NotesController.${handler}`,
    `    INTERNAL ${handler}`,
    ...queries.map((line) => `      ${line}`),
  ];
}
