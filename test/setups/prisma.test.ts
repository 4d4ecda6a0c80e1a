import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

it('Prisma in ESM through tsx has each request and its queries in one trace', async () => {
  const application = await startApplication({
    application: 'prisma',
    guide: 'prisma',
    prepare: ['Install', 'Generate the client'],
    // It would download an engine that it has no use for here; any file will do in its place.
    prepareEnv: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath },
    start: 'Start',
  });
  const visit = await visitNotes(application, {
    errorCode: 'P2021',
    operations: {
      'SELECT "public"."notes"': 2,
      'SELECT notes': 1,
      'SELECT "public"."archived_notes"': 1,
    },
  });
  const acquire = '  INTERNAL acquire notes';
  expect(visit).toEqual({
    traces: {
      // Without a framework, HTTP knows no route.
      list: ['SERVER GET', '  CLIENT SELECT "public"."notes"', acquire, '    CLIENT connect notes'],
      one: ['SERVER GET', '  CLIENT SELECT "public"."notes"', acquire],
      report: ['SERVER GET', '  CLIENT SELECT notes', acquire],
      archived: ['SERVER GET ERROR', '  CLIENT SELECT "public"."archived_notes" ERROR', acquire],
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
