import { pollUntil } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';
import { capture } from './harness/stage';
import { startVendorStandIn } from './harness/vendor-stand-in';

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

describe.each<[vendor: string, file: string, env: Record<string, string>, keepsMetrics: boolean]>([
  ...['8', '9', '10', '11'].map((major): [string, string, Record<string, string>, boolean] => [
    `Sentry ${major}`,
    'sentry',
    { SENTRY: `sentry-${major}` },
    true,
  ]),
])('The SDK of %s', (_, file, env, keepsMetrics) => {
  it.each([['after'], ['before']])(
    'gets a request and its queries in one trace, %s the one line',
    async (order) => {
      const standIn = await startVendorStandIn();
      try {
        const imports = [`--import ./${file}.mjs`];
        imports.splice(order === 'after' ? 0 : 1, 0, '--import pg-otel/register');
        const application = await startApplication(
          {
            application: 'own-sdk-vendors',
            base: 'own-sdk',
            guide: 'own-sdk',
            prepare: ['Install the distribution'],
            start: 'Start with a vendor',
          },
          { ...standIn.env, ...env, NODE_OPTIONS: imports.join(' ') },
        );
        expect((await application.get('/notes')).status).toBe(200);
        await pollUntil(
          async () => ['SELECT notes', 'GET /notes'].every((name) => standIn.names().includes(name)),
          120_000,
        );
        const { stderr, code } = await application.stop();
        expect(standIn.names()).toEqual(
          expect.arrayContaining(['GET /notes', 'acquire notes', 'connect notes', 'SELECT notes']),
        );
        expect(standIn.traceIds().size).toBe(1);
        expect(capture.spans()).toEqual([]);
        expect(capture.metrics().length > 0).toBe(keepsMetrics);
        expect(stderr.match(/PG_OTEL_FOREIGN_PROVIDER/g)).toHaveLength(1);
        expect(code).toBe(0);
      } finally {
        standIn.stop();
      }
    },
  );
});

function request(title: string, ...queries: string[]): string[] {
  return [`SERVER GET ${title}`, '  INTERNAL request handler', ...queries.map((line) => `    ${line}`)];
}
