import { pollUntil } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';
import { startSentryStandIn } from './harness/sentry-stand-in';
import { capture } from './harness/stage';

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

describe.each(['8', '9', '10', '11'])('The SDK of Sentry %s', (major) => {
  it.each([['after'], ['before']])(
    'gets a request and its queries in one trace, %s the one line',
    async (order) => {
      const sentry = await startSentryStandIn();
      try {
        const imports = ['--import pg-otel/register', '--import ./sentry.mjs'];
        if (order === 'before') imports.reverse();
        const application = await startApplication(
          {
            application: 'own-sdk-vendors',
            base: 'own-sdk',
            guide: 'own-sdk',
            prepare: ['Install the distribution'],
            start: 'Start with a vendor',
          },
          { ...sentry.env, SENTRY: `sentry-${major}`, NODE_OPTIONS: imports.join(' ') },
        );
        expect((await application.get('/notes')).status).toBe(200);
        await pollUntil(
          async () => ['SELECT notes', 'GET /notes'].every((name) => sentry.names().includes(name)),
          120_000,
        );
        const { stderr, code } = await application.stop();
        expect(sentry.names()).toEqual(
          expect.arrayContaining(['GET /notes', 'acquire notes', 'connect notes', 'SELECT notes']),
        );
        expect(sentry.traceIds().size).toBe(1);
        expect(capture.spans()).toEqual([]);
        expect(capture.metrics()).not.toEqual([]);
        expect(stderr.match(/PG_OTEL_FOREIGN_PROVIDER/g)).toHaveLength(1);
        expect(code).toBe(0);
      } finally {
        sentry.stop();
      }
    },
  );
});

function request(title: string, ...queries: string[]): string[] {
  return [`SERVER GET ${title}`, '  INTERNAL request handler', ...queries.map((line) => `    ${line}`)];
}
