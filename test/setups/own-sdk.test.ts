import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

describe('An application with an SDK of its own', () => {
  it.each([
    ['the instrumentation in the SDK', 'Install', 'Start', ''],
    [
      'the one line before the SDK',
      'Install the distribution',
      'Start with the one line',
      expect.stringContaining('[PG_OTEL_FOREIGN_PROVIDER]'),
    ],
  ])('has each request and its queries in one trace with %s', async (_, install, start, warning) => {
    const visit = await visitNotes(
      await startApplication({ application: 'own-sdk', guide: 'own-sdk', prepare: [install], start }),
    );
    expect(visit).toEqual({
      traces: {
        list: request('/notes', 'CLIENT SELECT notes', 'INTERNAL acquire notes', '  CLIENT connect notes'),
        one: request('/notes/:id', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
        report: request('/notes/report', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
        archived: request(
          '/notes/archived ERROR',
          'CLIENT SELECT archived_notes ERROR',
          'INTERNAL acquire notes',
        ),
      },
      events: {
        report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
        archived: ['db.client.operation.exception'],
      },
      otherTraces: [],
      stderr: warning,
      code: 0,
      signal: null,
    });
  });
});

function request(title: string, ...queries: string[]): string[] {
  return [`SERVER GET ${title}`, '  INTERNAL request handler', ...queries.map((line) => `    ${line}`)];
}
