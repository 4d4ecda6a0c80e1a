import { pollUntil } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { type Visit, visitNotes } from './harness/notes';
import { traceTree } from './harness/received';
import type { Setup } from './harness/setup';
import { capture } from './harness/stage';
import { startVendorStandIn, type VendorStandIn } from './harness/vendor-stand-in';

/** A visit of which all telemetry has arrived. */
const COMPLETE: Visit = {
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
  stderr: '',
  code: 0,
  signal: null,
};

describe('An application with its own SDK', () => {
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
      await startApplication({ application: 'own-sdk', guide: 'existing-sdk', prepare: [install], start }),
    );
    expect(visit).toEqual({ ...COMPLETE, stderr: warning });
  });
});

const vendors: Omit<Setup, 'application'> = {
  base: 'own-sdk',
  guide: 'existing-sdk',
  prepare: ['Install the distribution'],
  start: 'Start with a vendor',
};

/** Starts an application that preloads the SDK of a vendor from this file, in each order with the one line. */
function startWithVendor(file: string, order: string, env: Readonly<Record<string, string>>) {
  const imports = ['--import pg-otel/register', `--import ./${file}`];
  if (order === 'before') imports.reverse();
  return startApplication(
    { ...vendors, application: 'own-sdk-vendors' },
    { ...env, NODE_OPTIONS: imports.join(' ') },
  );
}

let vendor: VendorStandIn;
afterEach(() => vendor?.stop());

describe.each(['8', '9', '10', '11'])('The SDK of Sentry %s', (major) => {
  it.each([['after'], ['before']])(
    'gets a request and its queries in one trace, %s the one line',
    async (order) => {
      vendor = await startVendorStandIn();
      const application = await startWithVendor('sentry.mjs', order, sentryEnv(major));
      expect((await application.get('/notes')).status).toBe(200);
      await pollUntil(
        async () => ['SELECT notes', 'GET /notes'].every((name) => sentryNames().includes(name)),
        120_000,
      );
      const { stderr, code } = await application.stop();
      expect(sentryNames()).toEqual(
        expect.arrayContaining(['GET /notes', 'acquire notes', 'connect notes', 'SELECT notes']),
      );
      expect(new Set(found(/"trace_id":"([0-9a-f]{32})"/g)).size).toBe(1);
      expect(capture.spans()).toEqual([]);
      expect(capture.metrics()).not.toEqual([]);
      expect(stderr.match(/PG_OTEL_FOREIGN_PROVIDER/g)).toHaveLength(1);
      expect(code).toBe(0);
    },
  );
});

describe('The SDK of Sentry 10 with skipOpenTelemetrySetup', () => {
  it.each([['after'], ['before']])('leaves all telemetry to the one line, %s it', async (order) => {
    vendor = await startVendorStandIn();
    const visit = await visitNotes(
      await startWithVendor('sentry-without-opentelemetry.mjs', order, sentryEnv('10')),
    );
    expect(visit).toEqual(COMPLETE);
    expect(sentryNames()).toEqual([]);
  });
});

describe('The SDK of Azure Monitor', () => {
  it.each([['after'], ['before']])(
    'gets a request, its queries, metrics and events, %s the one line',
    async (order) => {
      vendor = await startVendorStandIn({ itemsReceived: 1, itemsAccepted: 1, errors: [] });
      const application = await startWithVendor('azure.mjs', order, {
        ...vendor.env,
        APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint=https://${vendor.host}/`,
        APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
      });
      const { traceId } = await application.get('/notes/report');
      const names = () => azureItems().map(({ name }) => name);
      const isComplete = () =>
        names().includes('db.client.connection.limit') && azureTrace(traceId).length >= 6;
      await pollUntil(async () => isComplete(), 120_000);
      const { stderr, code } = await application.stop();
      expect(azureTrace(traceId)).toEqual([
        'GET /notes/report',
        'SELECT notes',
        expect.stringMatching(/^SELECT notes ended after/),
        expect.stringMatching(/^SELECT notes has been running for/),
        'acquire notes',
        'connect notes',
      ]);
      expect(names()).toContain('db.client.operation.duration');
      expect(traceTree(traceId)).toEqual([]);
      expect([...capture.metrics(), ...capture.logs()]).toEqual([]);
      expect(stderr.match(/PG_OTEL_\w+\] PgOtelWarning/g)).toEqual([
        'PG_OTEL_FOREIGN_PROVIDER] PgOtelWarning',
      ]);
      expect(code).toBe(0);
    },
  );
});

const sentryEnv = (major: string): Record<string, string> => ({
  ...vendor.env,
  SENTRY_DSN: `https://key@${vendor.host}/1`,
  SENTRY: `sentry-${major}`,
});

const found = (pattern: RegExp): string[] =>
  vendor.bodies().flatMap((body) => [...body.matchAll(pattern)].map(([, group]) => group ?? ''));

/** The names of the spans that Sentry has received. */
const sentryNames = (): string[] => found(/"(?:description|name|transaction)":"([^"]*)"/g);

/** The names of the spans and metrics, and the messages of the log records, that Azure Monitor has received. */
function azureItems(): { name: string; traceId: string | undefined }[] {
  return vendor
    .bodies()
    .flatMap((body) => JSON.parse(body))
    .flatMap(({ tags, data: { baseData } }) =>
      (baseData.metrics ?? [baseData]).map(({ name, message }: { name?: string; message?: string }) => ({
        name: name ?? message,
        traceId: tags['ai.operation.id'],
      })),
    );
}

/**
 * Those of a trace, without the events of a setup's phases, and without the reason why a query is slow, which may come
 * too late.
 */
const azureTrace = (id: string): string[] =>
  azureItems()
    .filter(({ name, traceId }) => traceId === id && !['tcp', 'startup', 'auth', 'ready'].includes(name))
    .map(({ name }) => name)
    .filter((name) => !name.includes(': sleeps in pg_sleep'))
    .sort();

function request(title: string, ...queries: string[]): string[] {
  return [`SERVER GET ${title}`, '  INTERNAL request handler', ...queries.map((line) => `    ${line}`)];
}
